"""Strings of Django, of its REST framework and of allauth whose Chinese we word ourselves.

Their own translations are replaced because `LOCALE_PATHS` comes before every package; naming the strings here keeps
them in our file. English readers see them as their authors wrote them.
"""

from django.utils.translation import gettext_noop as _

THEIRS = (
    # forms
    _("This field is required."),
    _("This field may not be blank."),
    _("This field may not be null."),
    _("This field cannot be null."),
    _("This field cannot be blank."),
    _("Enter a valid email address."),
    _("Enter a valid URL."),
    _("Enter a valid value."),
    _("Enter a valid date."),
    _("Enter a valid time."),
    _("Enter a valid date/time."),
    _("Enter a whole number."),
    _("Enter a number."),
    _("Enter a list of values."),
    _("Select a valid choice. %(value)s is not one of the available choices."),
    _("Select a valid choice. That choice is not one of the available choices."),
    _("Value %(value)r is not a valid choice."),
    _("Ensure this value is less than or equal to %(limit_value)s."),
    _("Ensure this value is greater than or equal to %(limit_value)s."),
    _("No file was submitted."),
    _("No file was submitted. Check the encoding type on the form."),
    _("The submitted file is empty."),
    _("Null characters are not allowed."),
    _("%(model_name)s with this %(field_label)s already exists."),
    # passwords
    _("The password is too similar to the %(verbose_name)s."),
    _("This password is too common."),
    _("This password is entirely numeric."),
    _("Your password can’t be too similar to your other personal information."),
    _("Your password can’t be a commonly used password."),
    _("Your password can’t be entirely numeric."),
    # accounts
    _("Email"),
    _("Email address"),
    _("Password (again)"),
    _("Current Password"),
    _("New Password"),
    _("New Password (again)"),
    _("Forgot your password?"),
    _("Please type your current password."),
    _("Incorrect password."),
    _("You must type the same password each time."),
    _("The email address and/or password you specified are not correct."),
    _("The email address is not assigned to any user account."),
    _("A user is already registered with this email address."),
    _("The password reset token was invalid."),
    _("Too many failed login attempts. Try again later."),
    _("This account is currently inactive."),
    _("Confirmation email sent to %(email)s."),
    _("You have confirmed %(email)s."),
    _("Unable to confirm %(email)s because it is already confirmed by a different account."),
    _("Password successfully changed."),
    _("Password successfully set."),
    _("Successfully signed in as %(name)s."),
    _("You have signed out."),
)
