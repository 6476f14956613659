from string import ascii_letters

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.pubsub.filter import MAX_BYTES, FilterError, parse

COM = {"name": "com"}
NET = {"name": "net", "lang": "en"}


@pytest.mark.parametrize(
    ("text", "attributes", "passes"),
    [
        ("", COM, True),
        ("  ", COM, True),
        ("attributes:name", COM, True),
        ("attributes:lang", COM, False),
        ("attributes:name", {"name": ""}, True),
        ('attributes.name = "com"', COM, True),
        ('attributes.name="com"', COM, True),
        ('attributes.name = "com"', NET, False),
        ('attributes.name = "com"', {}, False),
        ('attributes.name = "Com"', COM, False),
        ('attributes.name = ""', {}, False),
        ('attributes.name != "com"', COM, False),
        ('attributes.name != "com"', NET, True),
        ('attributes.name != "com"', {}, True),
        ('hasPrefix(attributes.name, "co")', COM, True),
        ('hasPrefix(attributes.name, "co")', NET, False),
        ('hasPrefix(attributes.name, "")', COM, True),
        ('hasPrefix(attributes.name, "")', {}, False),
        ("NOT attributes:lang", COM, True),
        ("NOT attributes:lang", NET, False),
        ("-attributes:lang", COM, True),
        ("NOT -attributes:lang", NET, True),
        ('NOT hasPrefix(attributes.name, "co")', {}, True),
        ('attributes:lang AND attributes.name = "net"', NET, True),
        ('attributes:lang AND attributes.name = "com"', NET, False),
        ('attributes:lang OR attributes.name = "com"', COM, True),
        ('attributes:lang OR attributes.name = "org"', COM, False),
        ("attributes:a AND attributes:b AND attributes:c", {"a": "", "b": ""}, False),
        ("attributes:a OR attributes:b OR attributes:c", {"c": ""}, True),
        ("NOT attributes:a AND attributes:b", {"b": ""}, True),  # NOT binds tightest
        ("NOT (attributes:a AND attributes:b)", {"b": ""}, True),
        ('attributes:lang AND (attributes.name="net" OR attributes.name="org")', NET, True),
        ("(attributes:a AND attributes:b) OR attributes:c", {"c": ""}, True),
        ('attributes:"iana.org/language_tag"', {"iana.org/language_tag": "en"}, True),
        ('attributes."iana.org/language_tag" = "en"', {"iana.org/language_tag": "en"}, True),
        ('attributes.is-even_1 = "no"', {"is-even_1": "no"}, True),
        ("attributes:AND AND attributes:NOT", {"AND": "", "NOT": ""}, True),
        ("attributes:attributes", {"attributes": ""}, True),
        (r'attributes:"\u307F\u3093\u306A"', {"みんな": ""}, True),
        (r'attributes.k = "\"\\\n\x41\101\U0001F600"', {"k": '"\\\nAA😀'}, True),
        ('attributes.k = "AND OR ) NOT"', {"k": "AND OR ) NOT"}, True),
        ("attributes:a\n\tAND\nattributes:b", {"a": "", "b": ""}, True),
        ("(" * 120 + "attributes:a" + ")" * 120, {"a": ""}, True),
    ],
)
def test_a_filter_lets_the_right_messages_through(text, attributes, passes):
    assert parse(text)(attributes) is passes


@pytest.mark.parametrize(
    "text",
    [
        "attributes",
        "attributes.name",
        "attributes.",
        "attributes:",
        'data = "x"',
        "attributes.name = com",
        "attributes.name = 'com'",
        'attributes.name = "com',
        'attributes.name == "com"',
        'attributes.name : "com"',
        'attributes.name > "com"',
        '"com" = attributes.name',
        "attributes.name = attributes.website",
        "attributes:a and attributes:b",
        "not attributes:a",
        "NOTattributes:a",
        "attributes:a AND",
        "AND attributes:a",
        "attributes:a attributes:b",
        "attributes:a AND attributes:b OR attributes:c",
        "attributes:a OR attributes:b AND attributes:c",
        'attributes.name = "com" AND ("net" OR "org")',
        "(attributes:a",
        "attributes:a)",
        "()",
        "NOT",
        'hasPrefix(attributes.name, "co"',
        'hasPrefix(attributes.name "co")',
        'hasPrefix(name, "co")',
        'hasPrefix(attributes:name, "co")',
        'hasSuffix(attributes.name, "co")',
        'attributes.a/b = "c"',
        r"attributes:\u307F",
        r'attributes:"\q"',
        r'attributes:"\u12"',
        r'attributes:"\U00110000"',
        "(" * MAX_BYTES,
        f'attributes.name = "{"x" * MAX_BYTES}"',
        f'attributes.name = "{"ü" * (MAX_BYTES // 2)}"',
    ],
)
def test_what_is_no_filter_is_refused(text):
    with pytest.raises(FilterError):
        parse(text)


PIECES = ["attributes", ":", ".", "=", "!=", "AND", "OR", "NOT", "-", "(", ")", "hasPrefix", ","]
PIECES += [" ", "k", '"v"', '"', "\\", '"\\x', "é"]


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join)))
def test_any_text_is_a_filter_or_refused(text):
    try:
        passes = parse(text)
    except FilterError:
        return
    assert passes({"k": "v"}) in {True, False}


def quoted(text):
    """A string literal with everything but plain letters escaped."""
    return '"' + "".join(c if c in ascii_letters else f"\\U{ord(c):08x}" for c in text) + '"'


@given(st.text(max_size=9), st.text(max_size=9), st.dictionaries(st.text(max_size=9), st.text()))
def test_every_key_and_value_can_be_asked_for(key, value, others):
    passes = parse(f"attributes.{quoted(key)} = {quoted(value)}")

    assert passes({**others, key: value})
    assert not passes({**others, key: value + "x"})


TESTS = st.sampled_from(["attributes:a", "attributes:b", 'attributes.c = "1"', "(attributes:d)"])
CASES = [{}, {"a": ""}, {"b": "", "d": ""}, {"c": "1"}, {"a": "", "b": "", "c": "1", "d": ""}]


@given(TESTS, TESTS)
def test_the_operators_obey_de_morgan(left, right):
    neither = parse(f"NOT ({left} OR {right})")
    both_not = parse(f"-{left} AND NOT {right}")

    assert [neither(case) for case in CASES] == [both_not(case) for case in CASES]
