"""Somebody answers the questions of a page."""

import json

import pytest
from concepts import load_concepts
from playwright.sync_api import expect

STEP = next(concept for concept in load_concepts() if concept.step == "metrics")
OF_KIND = {
    kind: next(q for q in STEP.questions if q["kind"] == kind)
    for kind in ("choice", "numeric", "order", "diagnose")
}


@pytest.fixture
def quiz(page, address):
    page.goto(f"{address}steps/metrics/")
    for more in page.locator("details:has(> .questions) > summary").all():
        more.click()
    return page


def question(page, kind):
    return page.locator(f"#question-{OF_KIND[kind]['id']}")


def options(kind, right):
    texts = [
        o["text"] for o in OF_KIND[kind]["options"] if bool(o.get("correct")) == right
    ]
    return texts[0].strip().splitlines()[0][:25]


@pytest.mark.parametrize("kind", ["choice", "diagnose"])
@pytest.mark.parametrize(
    ("right", "says"), [(True, "Right."), (False, "Not right: read why.")]
)
def test_a_choice_is_committed_before_it_is_explained(quiz, kind, right, says):
    asked = question(quiz, kind)
    answer = asked.locator(":scope > details")
    expect(answer).to_be_hidden()
    asked.get_by_role("button", name="Check").click()
    expect(asked.locator(".quiz-verdict")).to_have_text("Choose an answer first.")
    expect(answer).to_be_hidden()
    asked.locator("label", has_text=options(kind, right)).first.click()
    asked.get_by_role("button", name="Check").click()
    expect(asked.locator(".quiz-verdict")).to_have_text(says)
    expect(answer).to_be_visible()
    for option in OF_KIND[kind]["options"]:
        expect(answer).to_contain_text(" ".join(option["why"].split())[:20])
    expect(asked.locator("input").first).to_be_disabled()


@pytest.mark.parametrize("offset", [0, 0.99, -0.99, 1.01, -1.01])
def test_a_number_is_right_within_its_tolerance(quiz, offset):
    asked = question(quiz, "numeric")
    entry = OF_KIND["numeric"]
    assert entry["tolerance"] > 0
    number = entry["answer"] + offset * entry["tolerance"]
    asked.get_by_label("Your answer").fill(f"{number:.12f}")
    asked.get_by_role("button", name="Check").click()
    says = "Right." if abs(offset) < 1 else "Not right: read why."
    expect(asked.locator(".quiz-verdict")).to_have_text(says)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        *(("103.3", True), ("103,3", True), ("103.3 %", True), ("+103.3%", True)),
        *(("1.033", False), ("1,033", False), ("−103.3", False)),
    ],
)
def test_a_number_is_read_as_people_write_it(quiz, text, right):
    (entry,) = (q for q in STEP.questions if q.get("answer") == 103.3)
    assert entry["unit"] == "%"
    asked = quiz.locator(f"#question-{entry['id']}")
    asked.get_by_label("Your answer").fill(text)
    asked.get_by_role("button", name="Check").click()
    says = "Right." if right else "Not right: read why."
    expect(asked.locator(".quiz-verdict")).to_have_text(says)


@pytest.mark.parametrize("text", ["", "about a half", "0,5,x", "1e999"])
def test_what_is_no_number_is_asked_for_again(quiz, text):
    asked = question(quiz, "numeric")
    asked.get_by_label("Your answer").fill(text)
    asked.get_by_role("button", name="Check").click()
    expect(asked.locator(".quiz-verdict")).to_contain_text("Write a number first")
    expect(asked.locator(":scope > details")).to_be_hidden()


def sort_items(page, asked, items):
    """Puts the items into order with the buttons that move them up, by keyboard."""
    for place, item in enumerate(items):
        up = asked.locator(".quiz-order > li", has_text=item).get_by_label("Move up")
        for _ in range(len(items)):
            order = asked.locator(
                ".quiz-order > li > span:first-child"
            ).all_inner_texts()
            if order[place].strip() == item:
                break
            up.focus()
            page.keyboard.press("Enter")


def test_items_are_put_in_order_by_keyboard(quiz):
    asked = question(quiz, "order")
    right = [" ".join(item.split()) for item in OF_KIND["order"]["items"]]
    asked.get_by_role("button", name="Check").press("Enter")
    expect(asked.locator(".quiz-verdict")).to_have_text("Not right: read why.")
    asked.get_by_role("button", name="Try again").press("Enter")
    sort_items(quiz, asked, right)
    expect(asked.locator(".quiz-moved")).to_contain_text("now number")
    asked.get_by_role("button", name="Check").press("Enter")
    expect(asked.locator(".quiz-verdict")).to_have_text("Right.")


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("choice", ["ArrowDown", "Tab", "Enter"]),
        ("diagnose", ["ArrowDown", "Tab", "Enter"]),
        ("numeric", ["4", "2", "Tab", "Enter"]),
    ],
)
def test_a_question_is_answered_by_keyboard_alone(quiz, kind, keys):
    asked = question(quiz, kind)
    quiz.get_by_role("button", name="Start over").focus()
    field = f"#question-{OF_KIND[kind]['id']} input"
    for _ in range(200):
        quiz.keyboard.press("Tab")
        if quiz.evaluate(f"document.activeElement.matches({json.dumps(field)})"):
            break
    for key in keys:
        quiz.keyboard.press(key)
    expect(asked.locator(":scope > details")).to_be_visible()
    again = asked.get_by_role("button", name="Try again")
    expect(again).to_be_focused()
    quiz.keyboard.press("Enter")
    expect(asked.locator("input").first).to_be_focused()
    expect(asked.locator(":scope > details")).to_be_hidden()


@pytest.mark.parametrize("kind", ["choice", "numeric"])
def test_what_is_asked_names_its_fields(quiz, kind):
    field = question(quiz, kind).locator("[aria-labelledby], [aria-describedby]").first
    prompt = field.evaluate(
        "e => document.getElementById(e.getAttribute('aria-labelledby') ??"
        " e.getAttribute('aria-describedby')).textContent"
    )
    start = OF_KIND[kind]["prompt"].split("$")[0].split("{")[0].split("`")[0]
    assert " ".join(prompt.split()).startswith(" ".join(start.split())[:20])


def answer_one(page):
    asked = question(page, "choice")
    asked.locator("label", has_text=options("choice", True)).first.click()
    asked.get_by_role("button", name="Check").click()


def test_answers_outlive_a_reload_and_a_reset_forgets_them(quiz):
    answer_one(quiz)
    progress = quiz.locator(".quiz-progress [role=status]")
    expect(progress).to_contain_text("1 right of 1 answered")
    quiz.reload()
    expect(progress).to_contain_text("1 right of 1 answered")
    expect(question(quiz, "choice").locator("input:checked")).to_have_count(1)
    quiz.get_by_role("button", name="Start over").click()
    expect(progress).to_contain_text("Answer, then read why")
    quiz.reload()
    expect(progress).to_contain_text("Answer, then read why")


def test_two_tabs_keep_each_others_answers(quiz, address):
    other = quiz.context.new_page()
    other.goto(f"{address}steps/metrics/")
    answer_one(quiz)
    expect(other.locator(".quiz-progress [role=status]")).to_contain_text(
        "1 right of 1"
    )
    asked = question(other, "numeric")
    other.evaluate(
        "for (const d of document.querySelectorAll('details')) d.open = true"
    )
    asked.get_by_label("Your answer").fill(str(OF_KIND["numeric"]["answer"]))
    asked.get_by_role("button", name="Check").click()
    expect(quiz.locator(".quiz-progress [role=status]")).to_contain_text("2 right of 2")


def test_what_is_half_answered_stays_when_another_tab_answers(quiz, address):
    other = quiz.context.new_page()
    other.goto(f"{address}steps/metrics/")
    half = question(quiz, "numeric").get_by_label("Your answer")
    half.fill("0.12")
    for more in other.locator("details:has(> .questions) > summary").all():
        more.click()
    answer_one(other)
    progress = quiz.locator(".quiz-progress [role=status]")
    expect(progress).to_contain_text("1 right of 1 answered")
    expect(half).to_have_value("0.12")


@pytest.mark.parametrize(
    "state",
    ["not json", "[]", "7", "null", '{"ID": [99]}', '{"ID": {"a": 1}}', '{"ID": "x"}'],
)
def test_malformed_answers_are_ignored(page, address, state):
    state = state.replace("ID", f"question-{OF_KIND['choice']['id']}")
    page.add_init_script(f"localStorage.setItem('quiz', {json.dumps(state)})")
    page.goto(f"{address}steps/metrics/")
    progress = page.locator(".quiz-progress [role=status]")
    expect(progress).to_contain_text("Answer, then read why")


def test_without_storage_the_quiz_still_works(page, address, no_storage):
    page.add_init_script(no_storage)
    page.goto(f"{address}steps/metrics/")
    for more in page.locator("details:has(> .questions) > summary").all():
        more.click()
    answer_one(page)
    expect(question(page, "choice").locator(".quiz-verdict")).to_have_text("Right.")
    progress = page.locator(".quiz-progress [role=status]")
    expect(progress).to_contain_text("1 right of 1 answered")
    if "getItem" not in no_storage:
        expect(progress).to_contain_text("does not keep answers")


def test_without_javascript_questions_and_answers_read_as_text(new_context, address):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{address}steps/metrics/")
    asked = page.locator(".questions > li").first
    asked.locator("summary").click()
    expect(asked.locator(":scope > details")).to_contain_text("Right:")
