"""The upload page: a file in pieces in a real browser, through broken lines and reloads; and the plain form."""

import datetime as dt
import io
import re

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from opendata import storage, uploads
from opendata.models import IngestJob, Upload
from opendata.services import resource_create
from opendata.storage import file_sha256
from portal.accounts.actors import Actor
from tests.factories import AIR, make_draft, now

LINES = 150_000
CAME = 1_234_567
UPLOADS = "**/api/v1/uploads/**"


@pytest.fixture
def place(cast):
    actor = Actor.of_user(cast.registrar)
    return resource_create(entry=make_draft(cast).entry, actor=actor, title="逐日数据", now=now())


@pytest.fixture
def large(tmp_path):
    """Writes a table of a few MB."""
    path = tmp_path / "空气.csv"
    path.write_text("station,day,pm25\n" + "".join(f"{n:05}A,2026-05-04,{n % 90}.5\n" for n in range(LINES)))
    assert path.stat().st_size > 3_000_000
    return path


@pytest.fixture
def sender(cast, db):
    client = Client()
    client.force_login(cast.registrar)
    return client


@pytest.fixture
def at_the_form(live_server, context, page, place, sender):
    """Opens the page as the registrar; gives the tab, what it complained of, and what it sent to the uploads."""
    said, sent = [], []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on(
        "request",
        lambda request: (
            sent.append((request.method, request.headers.get("upload-offset")))
            if "/api/v1/uploads/" in request.url
            else None
        ),
    )
    cookie = sender.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    page.goto(live_server.url + reverse("opendata:upload", args=[place.pk]))
    return page, said, sent


def choose(page, path):
    page.set_input_files("[data-upload] input[type=file]", path)
    page.locator("[data-upload] button[type=submit]").press("Enter")


def only(said):
    """Returns the complaints but for those of the lines that the test itself broke."""
    return [text for text in said if "net::ERR_" not in text]


def hold_piece(page):
    """Holds the first piece back, and lets the others pass; returns a list with the held one in it, once it comes."""
    held = []
    page.route(
        UPLOADS,
        lambda route: held.append(route) if route.request.method == "PATCH" and not held else route.continue_(),
    )
    return held


def wait_for(page, held):
    """Waits until a piece is held back."""
    while not held:
        page.wait_for_timeout(20)
    return held[0]


def come(path, size):
    """Lets the first bytes of the only upload come, as they do before a line breaks."""
    upload = Upload.objects.select_related("resource__entry__provider").get()
    body, actor = io.BytesIO(path.read_bytes()[:size]), Actor.of_user(upload.created_by)
    uploads.upload_write(upload, body, length=upload.size, offset=0, actor=actor, now=timezone.now(), checksum=None)


def test_a_broken_line_does_not_stop_an_upload(at_the_form, place, large):
    page, said, sent = at_the_form
    assert not page.locator("[data-upload-plain]").is_visible()
    assert page.locator("[data-upload-able]").is_visible()
    held = hold_piece(page)
    choose(page, large)
    piece = wait_for(page, held)
    come(large, CAME)
    piece.abort("connectionreset")
    page.wait_for_url("**/desk/jobs/**")
    job = IngestJob.objects.get()
    assert page.url.endswith(reverse("opendata:job", args=[job.pk]))
    assert (job.filename, job.sha256) == ("空气.csv", file_sha256(large))
    assert sent[:2] == [("POST", None), ("PATCH", "0")]
    assert ("PATCH", str(CAME)) in sent
    assert only(said) == []


def test_after_a_reload_the_same_file_goes_on(at_the_form, place, large):
    page, said, sent = at_the_form
    page.route(UPLOADS, lambda route: route.abort() if route.request.method == "PATCH" else route.continue_())
    choose(page, large)
    page.locator("[data-upload-say]", has_text="连接中断").wait_for()
    assert page.evaluate("document.activeElement.hasAttribute('data-upload-pause')")
    page.keyboard.press("Enter")
    page.locator("[data-upload-say]", has_text="已暂停").wait_for()
    assert page.evaluate("document.activeElement.hasAttribute('data-upload-go')")
    come(large, CAME)
    page.unroute(UPLOADS)
    page.reload()
    assert "1.2" in page.locator("[data-upload-coming]").inner_text()
    sent.clear()
    choose(page, large)
    page.wait_for_url("**/desk/jobs/**")
    assert sent[:2] == [("HEAD", None), ("PATCH", str(CAME))]
    assert IngestJob.objects.get().sha256 == file_sha256(large)
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('tus::'))") == []
    assert only(said) == []


def test_progress_is_shown_and_an_upload_can_be_cancelled(at_the_form, place, large):
    page, said, _sent = at_the_form
    held = hold_piece(page)
    choose(page, large)
    piece = wait_for(page, held)
    page.locator("[data-upload-say]", has_text="上传已开始").wait_for()
    assert page.locator("[data-upload-name]").inner_text() == "空气.csv"
    assert re.search(r"\d+%", page.locator("[data-upload-percent]").inner_text())
    assert "MB" in page.locator("[data-upload-amount]").inner_text()
    assert page.locator("[data-upload-say]").get_attribute("role") == "status"
    kept = storage.incoming(Upload.objects.get().path)
    assert kept.exists()
    with page.expect_response(lambda response: response.request.method == "DELETE") as answer:
        page.locator("[data-upload-cancel]").click()
    assert answer.value.status == 204
    piece.abort()
    page.locator("[data-upload] input[type=file]").wait_for()
    assert not Upload.objects.exists()
    assert not kept.exists()
    assert not IngestJob.objects.exists()
    assert only(said) == []


def test_a_rule_is_told_at_once_and_in_words(at_the_form, place, tmp_path):
    page, _said, sent = at_the_form
    path = tmp_path / "program.exe"
    path.write_bytes(b"MZ")
    choose(page, path)
    trouble = page.get_by_role("alert").filter(has_text=".exe")
    trouble.wait_for()
    assert ".csv" in trouble.inner_text()
    assert sent == [("POST", None)]
    assert not page.locator("[data-upload-go]").is_visible()
    assert page.evaluate("document.activeElement.hasAttribute('data-upload-cancel')")
    page.locator("[data-upload-cancel]").click()
    assert page.locator("[data-upload] input[type=file]").is_visible()


def test_no_second_file_becomes_the_first_one_s_end(at_the_form, place, large, tmp_path):
    """Another file of the same size begins anew: its name is another."""
    page, _said, sent = at_the_form
    page.route(UPLOADS, lambda route: route.abort() if route.request.method == "PATCH" else route.continue_())
    choose(page, large)
    page.locator("[data-upload-say]", has_text="连接中断").wait_for()
    page.locator("[data-upload-pause]").click()
    page.locator("[data-upload-go]").wait_for()
    page.unroute(UPLOADS)
    page.reload()
    other = tmp_path / "水.csv"
    other.write_bytes(large.read_bytes().replace(b"A,", b"B,"))
    sent.clear()
    choose(page, other)
    page.wait_for_url("**/desk/jobs/**")
    assert sent[0] == ("POST", None)
    assert IngestJob.objects.get().sha256 == file_sha256(other)


@pytest.mark.django_db
def test_without_javascript_the_form_takes_the_file_and_says_its_limit(sender, place):
    address = reverse("opendata:upload", args=[place.pk])
    html = sender.get(address).content.decode()
    assert re.search(r"data-upload-plain>[^<]*2\.0[^<]*GB", html)
    assert re.search(r"data-upload-able hidden>[^<]*20\.0[^<]*GB", html)
    assert 'data-most="21474836480"' in html
    assert "<script>" not in html
    assert " style=" not in html
    answer = sender.post(address, {"file": SimpleUploadedFile("air.csv", AIR.encode())})
    assert answer["Location"] == reverse("opendata:job", args=[IngestJob.objects.get().pk])
    assert sender.post(address, {}).status_code == 422


def begun(cast, place):
    actor = Actor.of_user(cast.registrar)
    return uploads.upload_create(resource=place, actor=actor, filename="半途.csv", size=100, now=timezone.now())


@pytest.mark.django_db
def test_unfinished_uploads_are_listed_and_cancelled_by_their_sender_only(cast, sender, place):
    upload, address = begun(cast, place), reverse("opendata:upload", args=[place.pk])
    assert "半途.csv" in sender.get(address).content.decode()
    other = Client()
    other.force_login(cast.reviewer)
    assert other.post(address, {"cancel": str(upload.pk)}).status_code == 403
    for wrong in ("x", str(place.pk)):
        assert sender.post(address, {"cancel": wrong}).status_code == 404
    assert sender.post(address, {"cancel": str(upload.pk)}).status_code == 302
    assert not Upload.objects.exists()
    assert "半途.csv" not in sender.get(address).content.decode()


@pytest.mark.django_db
def test_what_is_whole_is_not_cancelled_and_what_is_over_is_not_listed(cast, sender, place):
    upload, address = begun(cast, place), reverse("opendata:upload", args=[place.pk])
    Upload.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert "半途.csv" not in sender.get(address).content.decode()
    job = IngestJob.objects.create(
        resource=place, filename="x.csv", size=1, sha256="0" * 64, created_by=cast.registrar, created_at=now()
    )
    Upload.objects.update(job=job)
    told = sender.post(address, {"cancel": str(upload.pk)}, follow=True).content.decode()
    assert "未予取消" in told
    assert Upload.objects.exists()
