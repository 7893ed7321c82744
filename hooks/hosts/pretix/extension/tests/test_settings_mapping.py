"""The page of questions and answers: what is mapped, what is suggested, what leaves pretix, and why nothing does."""

import json

import pytest
from django.urls import reverse
from django.utils.timezone import now
from django_scopes import scopes_disabled
from i18nfield.strings import LazyI18nString
from pretix.base.models import LogEntry, Question, Team, User

from pretix_entremise.models import Mark, Opting
from pretix_entremise.profile import read
from pretix_entremise.questions import Mapping
from pretix_entremise.recommended import RECOMMENDED
from pretix_entremise.suggesting import suggest

pytestmark = pytest.mark.django_db


def _address(event, name="mapping"):
    return reverse(
        f"plugins:pretix_entremise:{name}", kwargs={"organizer": event.organizer.slug, "event": event.slug}
    )


def _text(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def _open(office, event, ticket=""):
    return _text(office.get(_address(event), {"ticket": ticket} if ticket else {}))


def _mapping(event):
    event.settings.flush()
    return Mapping.of(event)


@pytest.fixture
def form(ask):
    """A form with consent, interests under a name of the organiser's own, and food."""
    ask("CONSENT", "B")
    ask("ROLE7", "S", text=LazyI18nString({"en": "Your job title", "fr": "Votre fonction"}))
    ask("INTERESTS", "M", [("DATA", "Open data"), ("LAW", "Law")])
    ask("DIET", "S", text="Allergies?")
    with scopes_disabled():
        return {one.identifier: f"question-{one.pk}" for one in Question.objects.all()}


def _post(office, event, form, **changes):
    given = {
        form["CONSENT"]: ["consent.matching", "consent.mentoring", "hidden_for_matching"],
        form["INTERESTS"]: ["interests"], "tag_language": "en", **changes,
    }  # fmt: skip
    return office.post(_address(event), given)


def test_each_question_says_what_its_identifier_says_until_somebody_chooses(office, event, form):
    page = _open(office, event)
    assert "<li>Interests</li>" in page
    assert "Nothing: its answers stay in pretix." in page


def test_a_suggestion_is_shown_and_never_applied_by_itself(office, event, form):
    page = _open(office, event)
    assert "Perhaps: Job title" in page
    _post(office, event, form)
    assert _mapping(event).targets_for("ROLE7") == ()
    with scopes_disabled():
        pk = Question.objects.get(identifier="ROLE7").pk
    page = _text(_post(office, event, form, take=str(pk)))
    assert "Nothing is saved yet" in page
    assert "<li>Job title</li>" in page
    assert _mapping(event).chosen == {}


def test_choices_are_kept_logged_and_everybody_is_looked_at_again(office, event, form):
    answer = _post(
        office, event, form, **{form["ROLE7"]: ["title"], form["INTERESTS"]: [], "visible": ["title"],
                                "pending_counts": "on", "tag_language": "fr"},
    )  # fmt: skip
    assert answer.status_code == 302
    found = _mapping(event)
    assert found.chosen == {"ROLE7": ("title",), "INTERESTS": ()}
    assert (found.visible, found.pending_counts, found.tag_language) == (("title",), True, "fr")
    with scopes_disabled():
        assert Mark.objects.filter(kind=Mark.EVERYTHING, event=event).exists()
    entry = LogEntry.objects.get(action_type="pretix_entremise.mapping.changed")
    assert "INTERESTS, ROLE7, visible" in entry.display()


def test_choosing_what_holds_anyway_keeps_nothing(office, event, form):
    with scopes_disabled():
        Mark.objects.all().delete()
    _post(office, event, form)
    assert _mapping(event).chosen == {}
    with scopes_disabled():
        assert not Mark.objects.exists()


def test_nothing_leaves_before_somebody_has_looked_what_the_questions_mean(office, event, form, sell, ask):
    ask("NEEDS", text="Medical or dietary needs")
    event.settings.delete("entremise_confirmed")
    order = sell("Ada Lovelace", answers={"CONSENT": True, "NEEDS": "no nuts"})
    with scopes_disabled():
        assert read(order.positions.get(), _mapping(event)) is None
    assert "Nothing leaves pretix before you have saved this page once." in _open(office, event)
    office.post(_address(event, "questions"), {"identifier": ["GOALS"]})
    assert not _mapping(event).confirmed, "questions of others were there, which nobody looked at"
    _post(office, event, form)
    assert _mapping(event).confirmed
    with scopes_disabled():
        assert read(order.positions.get(), _mapping(event)) is not None
        assert Mark.objects.filter(kind=Mark.EVERYTHING, event=event).exists()
    assert "Nothing leaves pretix before" not in _open(office, event)


def test_questions_that_are_all_ours_mean_what_they_are_recommended_for(office, event, item, ask):
    event.settings.delete("entremise_confirmed")
    ask("SHIRT", text="Size of your shirt")
    office.post(_address(event, "questions"), {"identifier": ["CONSENT", "NEEDS"]})
    assert _mapping(event).confirmed


def test_choices_about_a_question_that_is_gone_are_kept(office, event, form):
    event.settings.set("entremise_questions", json.dumps({"GONE": ["bio"]}))
    _post(office, event, form, **{form["ROLE7"]: ["title"]})
    assert _mapping(event).chosen == {"GONE": ("bio",), "ROLE7": ("title",)}


def test_the_preview_shows_what_leaves_and_what_others_read(office, event, form, sell):
    order = sell("Ada Lovelace", answers={"CONSENT": True, "INTERESTS": ["DATA"], "DIET": "no nuts"})
    event.settings.set("entremise_visible", ["interests"])
    page = _open(office, event, f"{order.code}-1")
    sent, others = page.split("Other attendees may read")
    assert "Ada Lovelace" in sent
    assert "Open data" in sent
    assert "Open data" in others
    assert "no nuts" not in page


def test_the_preview_uses_choices_that_are_not_saved(office, event, form, sell):
    sell("Ada Lovelace", answers={"CONSENT": True, "ROLE7": "Head of data"})
    page = _text(_post(office, event, form, **{form["ROLE7"]: ["title"], "preview": "1"}))
    assert "which are not saved" in page
    assert "Head of data" in page
    assert _mapping(event).chosen == {}


@pytest.mark.parametrize(
    ("answers", "more", "why"),
    [
        ({}, {}, "they did not say whether they agree"),
        ({"CONSENT": False}, {}, "they said no to being introduced"),
        ({"CONSENT": True}, {"status": "n"}, "the order is not paid"),
        ({"CONSENT": True}, {"status": "c"}, "the ticket is cancelled"),
        ({"CONSENT": True}, {"testmode": True}, "test mode"),
        ({"CONSENT": "perhaps"}, {}, "neither yes nor no"),
    ],
)
def test_the_preview_says_why_nothing_leaves(office, event, form, sell, answers, more, why):
    sell("Ada Lovelace", answers=answers, **more)
    page = _open(office, event)
    assert "Nothing leaves pretix:" in page
    assert why in page
    assert "Exactly as it is sent" not in page


def test_the_preview_of_unsaved_choices_counts_test_orders_while_the_event_is_in_test_mode(
    office, event, form, sell
):
    event.testmode = True
    event.save()
    sell("Ada Lovelace", answers={"CONSENT": True}, testmode=True)
    assert "Exactly as it is sent" in _text(_post(office, event, form, preview="1"))


def test_the_preview_knows_cancelled_shredded_and_departed_tickets(office, event, form, sell):
    order = sell("Ada Lovelace", "Grace Hopper", "Mary Somerville", answers={"CONSENT": True})
    with scopes_disabled():
        first, second, third = order.positions.all()
        first.canceled = True
        first.save()
        second.attendee_name_parts = {"_shredded": True}
        second.save()
        Opting.objects.create(position=third, out=True, at=now())
    assert "the ticket is cancelled" in _open(office, event, f"{order.code}-1")
    assert "has been shredded" in _open(office, event, f"{order.code}-2")
    assert "Its holder has left" in _open(office, event, f"{order.code}-3")


def test_a_ticket_is_found_by_the_beginning_of_its_code(office, event, form, sell):
    first, second = sell("Ada Lovelace"), sell("Grace Hopper", "Mary Somerville")
    page = _open(office, event, "ab0")
    assert f"{first.code}-1" in page
    assert f"{second.code}-2 – Mary Somerville" in page
    assert "There is no such ticket" in _open(office, event, "ZZZZZ")
    assert "There is no such ticket" in _open(office, event, "'; drop")


def test_an_answer_that_cannot_be_read_is_named_and_stays(office, event, form, ask, sell):
    ask("SENIORITY", "S", text="How senior?")
    sell("Ada Lovelace", answers={"CONSENT": True, "SENIORITY": "rather"})
    page = _open(office, event)
    assert "could not be read as what they are mapped to, and stay here: How senior?" in page


def test_whoever_may_not_read_orders_sees_no_preview(client, event, form, sell):
    user = User.objects.create_user("setter@example.org", "setter")
    team = Team.objects.create(
        organizer=event.organizer, name="Set", all_events=True,
        limit_event_permissions={"event.settings.general:write": True},
    )  # fmt: skip
    team.members.add(user)
    client.login(email="setter@example.org", password="setter")
    sell("Ada Lovelace", answers={"CONSENT": True})
    page = _text(client.get(_address(event), {"ticket": "AB001-1"}))
    assert "Ada Lovelace" not in page
    assert "You may not read orders" in page
    assert client.post(_address(event, "questions"), {"identifier": "BIO"}).status_code == 403


def test_choices_come_along_when_the_event_is_copied(event, item, form):
    from pretix.base.models import Event

    with scopes_disabled():
        event.settings.set("entremise_items", json.dumps([item.pk]))
        event.settings.set("entremise_questions", json.dumps({"ROLE7": ["title"]}))
        copy = Event.objects.create(
            organizer=event.organizer,
            name="Next",
            slug="next",
            date_from=event.date_from,
            plugins=event.plugins,
        )
        copy.copy_data_from(event)
        assert _mapping(copy).items == {copy.items.get().pk}
        assert _mapping(copy).targets_for("ROLE7") == ("title",)


def test_the_missing_questions_are_shown_first_and_made_on_a_click(office, event, item, ask):
    ask("INTERESTS", "T")
    page = _text(office.get(_address(event, "questions")))
    assert "Use my answers to suggest people to meet" in page
    assert 'value="INTERESTS"' not in page
    with scopes_disabled():
        assert event.questions.count() == 1
    wanted = [one.identifier for one in RECOMMENDED]
    assert office.post(_address(event, "questions"), {"identifier": wanted}).status_code == 302
    assert office.post(_address(event, "questions"), {"identifier": wanted}).status_code == 302
    with scopes_disabled():
        made = {one.identifier: one for one in event.questions.all()}
        assert set(made) == set(wanted)
        assert not any(one.required for one in made.values())
        assert all(list(one.items.all()) == [item] for one in made.values())
        consent, seniority = made["CONSENT"], made["SENIORITY"]
        assert consent.dependency_question is None
        assert seniority.dependency_question == consent
        assert made["MENTOR_CAPACITY"].dependency_question == made["MENTOR"]
        assert [one.identifier for one in seniority.options.all()][:2] == ["STUDENT", "JUNIOR"]
        assert set(consent.question.data) == {"en", "fr"}
        options = [one.identifier for question in made.values() for one in question.options.all()]
        assert len(options) == len(set(options))
    assert "Every recommended question is there." in _text(office.get(_address(event, "questions")))


def test_a_question_that_says_the_same_under_another_name_is_not_missing(office, event, form, ask):
    event.settings.set("entremise_questions", json.dumps({"ROLE7": ["title"]}))
    assert 'value="TITLE"' not in _text(office.get(_address(event, "questions")))


def test_without_a_product_that_admits_people_nobody_could_be_asked(office, event):
    assert "no product yet whose buyers could be asked" in _text(office.get(_address(event, "questions")))


def test_the_answers_to_the_recommended_questions_are_read_as_they_are_meant(event, item, admin, sell):
    from pretix_entremise.recommended import create

    with scopes_disabled():
        create(event, {one.identifier for one in RECOMMENDED}, admin)
    order = sell(
        "Ada Lovelace",
        answers={
            "CONSENT": True, "CONSENT_GROUPS": True, "SENIORITY": ["LEAD"], "LANGUAGES": ["FR", "EN"], "MODE": ["REMOTE"],
            "INTERESTS": "Open data\nLaw, and order", "MENTOR": True, "MENTOR_CAPACITY": "3", "VISIBLE": ["INTERESTS"],
            "TITLE": "Analyst", "FIRST_TIME": True,
        },
    )  # fmt: skip
    with scopes_disabled():
        found = read(order.positions.get(), Mapping.of(event))
    assert found == {
        "name": "Ada Lovelace", "languages": ["en", "fr"], "title": "Analyst", "seniority": 4, "mode": "remote",
        "interests": ["Open data", "Law, and order"], "mentoring": {"role": "mentor", "capacity": 3},
        "consent": {"matching": True, "mentoring": True, "groups": True, "presence": False, "follow_up": False,
                    "memory": False, "learning": False},
        "visible": ["interests"], "hidden_for_matching": True, "first_time": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wording", "kind", "target"),
    [
        ("Quels sont vos centres d’intérêt ?", "T", "interests"), ("What are you interested in?", "M", "interests"),
        ("Votre entreprise", "S", "organisation"), ("Company", "S", "organisation"),
        ("Votre fonction", "S", "title"), ("Secteur d’activité", "C", "sector"),
        ("Quels défis rencontrez-vous ?", "T", "challenges"), ("Que recherchez-vous ?", "T", "needs"),
        ("En quoi pouvez-vous aider les autres ?", "T", "offers"), ("J’accepte la mise en relation", "B", "consent.matching"),
        ("I am looking for a mentor", "B", "mentee"), ("Je souhaite être mentor", "B", "mentor"),
        ("Is this your first time here?", "B", "first_time"), ("Langues parlées", "M", "languages"),
        ("Tell us a few words about you", "T", "bio"), ("Comment participez-vous ?", "C", "mode"),
    ],
)  # fmt: skip
def test_wordings_in_both_languages_lead_to_a_suggestion(wording, kind, target):
    assert suggest("ABC12345", wording, kind) == (target,)


@pytest.mark.parametrize(
    ("wording", "kind"), [("Allergies?", "S"), ("Taille de t-shirt", "C"), ("Your interests", "F")]
)
def test_what_points_to_nothing_gets_no_suggestion(wording, kind):
    assert suggest("ABC12345", wording, kind) == ()


def test_what_is_suggested_for_our_own_wording_is_what_we_mean_by_it():
    for one in RECOMMENDED:
        for text in one.text:
            found = suggest("ABC12345", text, one.type)
            assert found == () or set(found) <= set(Mapping().targets_for(one.identifier)), (text, found)
