"""Somebody looks for interview questions."""

import pytest
from playwright.sync_api import expect


@pytest.fixture
def bank(page, address):
    page.goto(f"{address}practice/questions/")
    return page


def test_questions_are_narrowed_by_step_level_product_and_words(bank):
    everything = bank.locator(".bank-question").count()
    bank.get_by_label("Step", exact=True).select_option("metrics")
    bank.get_by_label("Product", exact=True).select_option("fraud")
    shown = bank.locator(".bank-question:visible")
    assert 0 < shown.count() < everything
    for question in shown.all():
        assert question.get_attribute("data-step") == "metrics"
        assert question.get_attribute("data-product") == "fraud"
    expect(bank.locator(".bank h2:visible")).to_have_count(1)
    expect(bank.locator(".concept-filter [role=status]")).to_have_text(
        f"{shown.count()} of {everything} questions"
    )
    level = shown.first.get_attribute("data-level")
    bank.get_by_label("Level", exact=True).select_option(level)
    for question in shown.all():
        assert question.get_attribute("data-level") == level
    bank.reload()
    assert bank.get_by_label("Product", exact=True).input_value() == "fraud"
    bank.get_by_label("Words").fill("no such words at all")
    expect(shown).to_have_count(0)


def test_products_have_names_and_an_old_address_narrows_nothing(page, address):
    page.goto(f"{address}practice/questions/?step=gone&product=eta")
    assert page.get_by_label("Step", exact=True).input_value() == ""
    product = page.get_by_label("Product", exact=True)
    assert product.locator("option:checked").inner_text() == "arrival times"
    expect(page.locator(".bank-question:visible").first).to_be_visible()


def test_a_link_to_a_question_opens_it(page, address):
    page.goto(f"{address}practice/questions/#bank-fraud-accuracy-99")
    question = page.locator("#bank-fraud-accuracy-99")
    expect(question).to_have_attribute("open", "")
    expect(question.get_by_text("Strong", exact=True)).to_be_in_viewport()


def test_without_javascript_every_question_is_there(new_context, address):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{address}practice/questions/")
    question = page.locator(".bank-question").first
    question.locator("summary").click()
    expect(question.get_by_text("Then they ask")).to_be_visible()
