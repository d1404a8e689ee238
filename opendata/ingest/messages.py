"""Turns a finding into a sentence in the person's language: where, what was found, what was expected, what to do now.

Parent side only: the child knows codes, not languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .reading import MIB, Finding

MEGABYTES = {"too_much_memory", "output_too_large", "unpacks_to_too_much"}

SENTENCES: dict[str, Promise] = {
    # the file as a whole
    "empty_file": _("the file is empty (0 bytes). Export it again and check it before uploading."),
    "no_data": _("the file holds no data, only blank lines. Export it again and check it before uploading."),
    "header_only": _("there is a header (%(found)s) but no row of data below it. Add the data and upload again."),
    "binary_file": _(
        "this is not a text file but binary data (%(found)s), although its name says %(expected)s. Save it from the "
        "program it came from as CSV or XLSX, or correct the extension."
    ),
    "not_what_the_name_says": _(
        "the content is %(found)s, although the name says %(expected)s. Correct the extension or save it again as "
        "%(expected)s."
    ),
    "encrypted_file": _("the file is protected by a password. Remove the password and upload it again."),
    "damaged_file": _("the file is damaged and cannot be read (%(found)s). Open it in its program and save it again."),
    "checksum_wrong": _(
        "a page of the file does not match its checksum: the content was damaged on the way (%(found)s). Export or "
        "transfer it again."
    ),
    "cannot_read": _("the file could not be read (%(found)s). Try again; if it stays so, tell the operators."),
    "worker_lost": _(
        "reading was broken off %(tries)s times, so it was given up. Upload the file again; if it stays so, tell the "
        "operators."
    ),
    "newer_upload": _(
        "a file that was uploaded after this one has been published meanwhile, so this one was not. Upload it again if "
        "it is the one to publish."
    ),
    "same_bytes": _(
        "these are the bytes of version %(number)s, read by the same settings: there is nothing new, so no version was "
        "made."
    ),
    # limits
    "too_much_memory": _(
        "reading was stopped because it needed more than %(expected)s MB of memory. Split the file, or save it as CSV."
    ),
    "too_much_cpu": _("reading was stopped after %(expected)s seconds of work. Split the file, or save it as CSV."),
    "too_slow": _("reading was stopped after %(expected)s seconds. Split the file, or save it as CSV."),
    "output_too_large": _("reading was stopped because it would have filled the disk. Split the file."),
    "reader_crashed": _("the reader broke down on this file. It may be damaged: save it again, or as CSV."),
    "reader_failed": _("the file could not be understood (%(found)s). Save it again, or as CSV."),
    "too_many_columns": _("%(found)s columns were found, at most %(expected)s are allowed. Split the table."),
    "too_many_rows": _("there are more rows than the %(expected)s allowed. Split the table."),
    "too_many_parts": _("the archive holds %(found)s parts, at most %(expected)s are allowed. Save the file again."),
    "unpacks_to_too_much": _(
        "the file unpacks to %(found)s MB, at most %(expected)s MB are allowed. Save the table as CSV instead."
    ),
    "cells_far_apart": _(
        "%(cells)s filled cells are spread out as far as cell %(found)s, an area of more than %(expected)s cells. "
        "Delete the empty rows and columns between them, or save as CSV."
    ),
    "sheet_too_large": _(
        "the sheet has %(found)s filled cells, at most %(expected)s are read. Save it as CSV instead."
    ),
    "rows_lost": _("%(found)s rows were read where %(expected)s were due; nothing was kept. Tell the operators."),
    # encoding
    "cannot_decode": _(
        "the bytes %(found)s after “%(after)s” are not valid %(expected)s. Save the file again as UTF-8 from the "
        "program it came from."
    ),
    "unknown_encoding": _("the encoding “%(found)s” is not known. Use utf-8, gb18030, utf-16, big5 or cp1252."),
    "encoding_judged": _(
        "the file is not UTF-8; it was read as %(found)s by the look of its letters. Check the special letters, or "
        "save it as UTF-8."
    ),
    "utf16_without_mark": _("the file is %(found)s without a byte-order mark. Save it as UTF-8."),
    "json_not_utf8": _("JSON must be %(expected)s; this file was read as %(found)s. Save it as UTF-8."),
    "nul_byte": _("a NUL character (byte 00) was found where text was expected. Remove it; the file may be damaged."),
    "half_character": _("half of a character was found (%(found)s). Write the character whole."),
    # delimited text
    "row_too_short": _(
        "%(found)s cells were found, %(expected)s were expected as in the header (“%(text)s”). The row was set aside; "
        "add the missing cells."
    ),
    "row_too_long": _(
        "%(found)s cells were found, %(expected)s were expected as in the header (“%(text)s”). The row was set aside; "
        "put cells that hold the delimiter into quotation marks."
    ),
    "only_refused_rows": _(
        "none of the %(count)s rows below the header (%(found)s) could be read. Check delimiter, quotation marks and "
        "header."
    ),
    "header_too_short": _(
        "the header has %(found)s names, but most rows have %(expected)s cells. Complete the header; names may stand "
        "above the wrong columns."
    ),
    "header_extra_cells": _(
        "the header has %(found)s cells for %(expected)s columns; the empty ones were left out. Check that the names "
        "stand above the right columns."
    ),
    "header_repeated": _(
        "the header stands %(count)s more times between the rows (lines %(lines)s); it was set aside."
    ),
    "extra_delimiter": _(
        "%(count)s rows had a delimiter too many (%(found)s cells, %(expected)s expected; lines %(lines)s). The empty "
        "cell that it made was left out, which was possible in one way only."
    ),
    "short_rows_filled": _(
        "%(count)s rows have fewer than %(expected)s cells (lines %(lines)s), as programs write them that leave out "
        "empty cells at the end. The missing cells were read as empty."
    ),
    "row_delimited_otherwise": _(
        "%(count)s rows are separated by another mark than the rest (lines %(lines)s); they were read with it."
    ),
    "undecodable": _(
        "the row holds bytes that are not valid in the encoding of the file (“%(text)s”). It was set aside."
    ),
    "empty_cells_at_end": _(
        "%(found)s cells were found, %(expected)s expected; the ones over are empty and were left out."
    ),
    "unclosed_quote": _(
        "a quotation mark is opened and never closed (“%(text)s”). The row was set aside; close the mark, or write a "
        "mark inside a cell twice."
    ),
    "stray_quote": _(
        "a quotation mark stands inside the cell “%(found)s”; %(expected)s was expected. It was kept in the text."
    ),
    "record_too_long": _("the record is too long and was set aside (“%(text)s”). A quotation mark may be missing."),
    "cell_too_long": _("the cell has %(found)s characters, at most %(expected)s are allowed. Shorten it."),
    "mixed_line_ends": _("the lines end in different ways; all were understood."),
    "delimiter_judged": _("the cells are separated by “%(found)s”."),
    "blank_rows": _("%(count)s blank rows between the rows of data were left out."),
    "blank_rows_at_end": _("%(count)s blank rows at the end were left out."),
    # layout
    "preamble": _("%(count)s lines above the header are a title, not data (“%(found)s”)."),
    "footer": _("%(count)s lines below the data are notes, not data (“%(found)s”)."),
    "header_of_several_rows": _("the header has %(count)s rows; they were joined to one name per column."),
    "merged_header": _("the header has %(count)s merged cells; they were joined to one name per column."),
    "header_missing": _(
        "the first line looks like data (“%(found)s”), a header was expected. Columns were numbered; add a header line."
    ),
    "duplicate_column_name": _(
        "the column name “%(found)s” was used before, in column %(first)s; a name of its own was expected. Rename one."
    ),
    "empty_column_name": _("the column has no name; it was called %(expected)s. Give it a name."),
    "empty_column_dropped": _("the column has neither a name nor data and was left out."),
    "group_headings": _(
        "%(count)s rows are headings merged across the table (rows %(lines)s and on); they were set aside."
    ),
    "other_tables": _(
        "the file holds %(count)s more tables (lines %(lines)s), which were not read. Upload each as a file of its "
        "own, or choose which one to read."
    ),
    "unknown_table": _("there is no table %(found)s; %(expected)s were found in the file."),
    "tables_side_by_side": _(
        "an empty column parts the table; if two tables stand side by side, save each as a file of its own."
    ),
    # types
    "mixed_numbers": _(
        "%(count)s cells are not numbers although most are (first “%(found)s”; lines %(lines)s). The column was kept "
        "as text; correct the cells if they are mistakes."
    ),
    "mixed_dates": _(
        "%(count)s cells are not dates although most are (first “%(found)s”; lines %(lines)s). The column was kept "
        "as text; correct the cells if they are mistakes."
    ),
    "mixed_moments": _(
        "%(count)s cells are not points in time although most are (first “%(found)s”; lines %(lines)s). The column was "
        "kept as text; correct the cells if they are mistakes."
    ),
    "ambiguous_dates": _(
        "“%(found)s” could be month/day or day/month. The column was kept as text; write dates as 2023-05-01."
    ),
    "dates_read_mdy": _(
        "dates such as “%(found)s” were read as month/day/year, the only way in which all of them exist."
    ),
    "dates_read_dmy": _(
        "dates such as “%(found)s” were read as day/month/year, the only way in which all of them exist."
    ),
    "nan_made_null": _("%(count)s cells hold NaN (“not a number”); they were read as empty. Leave such cells empty."),
    "scientific_notation": _(
        "%(count)s cells are written like “%(found)s”; digits may have been lost before. Format the column as a number."
    ),
    "thousands_separators": _(
        "%(count)s cells have thousands separators (“%(found)s”). The column was kept as text; set its type to number "
        "to read them."
    ),
    "percentages": _(
        "%(count)s cells are percentages (“%(found)s”). The column was kept as text; state the unit instead."
    ),
    "ten_thousand_units": _(
        "%(count)s cells carry a unit (“%(found)s”). The column was kept as text; put the unit into the column name."
    ),
    "fullwidth_digits": _("%(count)s cells use full-width digits (“%(found)s”). The column was kept as text; use 0–9."),
    "currency_signs": _("%(count)s cells carry a currency sign (“%(found)s”). The column was kept as text."),
    "does_not_fit_type": _(
        "“%(found)s” is no %(expected)s, the type set for this column (%(count)s such cells). Correct the cells or "
        "change the type."
    ),
    # workbooks
    "other_sheets": _("sheet “%(found)s” was read; %(count)s other sheets were not (%(names)s)."),
    "hidden_sheets": _(
        "%(count)s sheets are hidden (%(names)s). Make sure that nothing is in them that must not be public."
    ),
    "unknown_sheet": _("there is no sheet “%(found)s”; there are: %(expected)s."),
    "sheet_claims_more": _("the sheet claims to have %(found)s cells; %(expected)s are really used."),
    "error_cells": _("%(count)s cells hold an error such as #N/A; they were read as empty. Correct the formulas."),
    # JSON
    "not_json": _("“%(found)s” was found, JSON begins with %(expected)s. Check that this is a JSON file."),
    "json_broken": _("the JSON is broken near “%(found)s” (%(expected)s). Export it again with a JSON library."),
    "duplicate_key": _("the key “%(found)s” occurs twice in one object; each may occur once. Rename one."),
    "not_a_json_value": _("“%(found)s” is no JSON value; a number or null was expected. Write null."),
    "nested_too_deep": _("the values are nested too deeply. Make the data flat, one object per row."),
    "no_records": _("no list of objects was found in it (keys: %(found)s). Give an array of objects, one per row."),
    "not_an_object": _("the item “%(text)s” is no object {…}, as each row must be. It was set aside."),
    "json_broken_line": _("the line “%(text)s” is no JSON. It was set aside; export the file with a JSON library."),
    "records_found_at": _("the %(count)s records were found under “%(found)s”."),
    "nested_values": _("the column holds nested values; they were kept as JSON text."),
    # geodata
    "not_a_feature": _("“%(text)s” is no GeoJSON feature with properties and geometry. It was set aside."),
    "geometry_broken": _("the geometry of “%(text)s” is broken. The row was set aside; repair the shape."),
    "geometry_outside": _(
        "the geometry of “%(text)s” lies outside of longitude ±180 and latitude ±90. The row was set aside; give "
        "positions as degrees of WGS 84 or name the coordinate system."
    ),
    "empty_geometries": _("%(count)s rows have no geometry."),
    "crs_unknown": _(
        "the coordinate system “%(found)s” is not known here. Save the file in WGS 84 or CGCS2000; shifted systems of "
        "map services are not accepted."
    ),
    "crs_missing": _(
        "the coordinates (%(found)s) are no degrees, and the file does not name its coordinate system. Add the .prj "
        "file or save in WGS 84."
    ),
    "crs_assumed": _("the file does not name its coordinate system (%(found)s); WGS 84 was assumed. Check it."),
    "crs_transformed": _("positions were turned from “%(found)s” into degrees of WGS 84."),
    "shapefile_incomplete": _(
        "the shapefile “%(found)s” lacks its %(expected)s file. Put .shp, .shx and .dbf of one name into the ZIP."
    ),
    "shapes_and_rows_differ": _(
        "the shapefile has %(found)s shapes but %(expected)s rows. Export it again; its parts do not belong together."
    ),
    "deleted_records": _("%(count)s records are marked as deleted and were set aside."),
    # archives
    "zip_member_read": _("the file “%(found)s” in the archive was read."),
    "zip_others": _("%(count)s other files in the archive were not read (%(names)s)."),
    "zip_several": _(
        "the archive holds %(count)s data files (%(found)s); one was expected. Upload each by itself, or choose which "
        "one to read."
    ),
    "zip_nothing": _("the archive holds no data file that is read here (%(found)s)."),
    "zip_nested": _("the archive holds another archive (%(found)s). Unpack it and upload the data file."),
    "zip_unsafe_name": _("the archive holds a file whose name leads out of it (%(found)s). Pack it again."),
    "zip_link": _("the archive holds a link (%(found)s) instead of a file. Pack the file itself."),
    "zip_name_twice": _("the archive holds two files with one name (%(found)s). Pack it again."),
    "unknown_member": _("there is no data file “%(found)s” in the archive; there are: %(expected)s."),
    "more_of_same": _("%(count)s more of the same kind."),
}

KEPT_TEXT: dict[str, Promise] = {
    "empty": _("all cells are empty"),
    "leading_zeros": _("a code: leading zeros"),
    "long_digits": _("a code: 15 digits or more"),
    "name_says_code": _("a code, by its name"),
    "mobile_numbers": _("mobile phone numbers"),
    "identifier": _("identifiers that do not simply count up"),
    "stored_as_text": _("stored as text in the file"),
    "too_precise": _("more than 38 digits"),
    "mixed": _("not all cells are of one type"),
    "ambiguous_date": _("dates that can be read in two ways"),
    "thousands_separators": _("numbers with thousands separators"),
    "percentages": _("percentages"),
    "ten_thousand_units": _("numbers with units"),
    "fullwidth_digits": _("full-width digits"),
    "currency_signs": _("amounts with currency signs"),
}

TYPES: dict[str, Promise] = {
    "integer": _("integer"),
    "decimal": _("decimal"),
    "float": _("floating-point number"),
    "boolean": _("yes or no"),
    "date": _("date"),
    "time": _("time of day"),
    "timestamp": _("date and time"),
    "json": _("nested (JSON)"),
    "geometry": _("geometry"),
    "text": _("text"),
}

LEVELS: dict[str, Promise] = {"error": _("error"), "warning": _("warning"), "info": _("note")}


class _Params(dict[str, Any]):
    """Parameters of a sentence; one that the finding lacks shows as nothing."""

    def __missing__(self, key: str) -> str:
        return ""


def describe(finding: Finding) -> str:
    """The finding as a sentence with its place in front."""
    sentence = SENTENCES.get(finding.code)
    text = finding.code if sentence is None else str(sentence) % _params(finding)
    where = place(finding)
    return (
        gettext("%(where)s: %(sentence)s") % {"where": where, "sentence": text}
        if where
        else text[:1].upper() + text[1:]
    )


def place(finding: Finding) -> str:
    """Where a finding is: line, column and the column's name, as far as known."""
    known = {"line": finding.line, "column": finding.column, "name": finding.column_name}
    if finding.line and finding.column and finding.column_name:
        return gettext("Line %(line)s, column %(column)s “%(name)s”") % known
    if finding.line and finding.column:
        return gettext("Line %(line)s, column %(column)s") % known
    if finding.line:
        return gettext("Line %(line)s") % known
    if finding.column and finding.column_name:
        return gettext("Column %(column)s “%(name)s”") % known
    return gettext("Column %(column)s") % known if finding.column else ""


def kept_text(reason: str) -> str:
    """Why a column that looks like numbers is text."""
    return str(KEPT_TEXT.get(reason, ""))


def type_label(name: str) -> str:
    """The word for a column type."""
    return str(TYPES.get(name, name))


def _params(finding: Finding) -> Mapping[str, Any]:
    params = _Params(finding.params, found=finding.found, expected=finding.expected)
    for key in ("found", "expected"):
        if finding.code in MEGABYTES and str(params[key]).isdigit():
            params[key] = max(1, int(params[key]) // MIB)
        elif finding.code == "does_not_fit_type" and key == "expected":
            params[key] = type_label(finding.expected)
    for key in ("lines", "names", "others"):
        if isinstance(params.get(key), list):
            params[key] = ", ".join(str(value) for value in params[key])
    return params
