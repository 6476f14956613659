"""Jobs of any images and any settings, for property tests."""

from hypothesis import strategies as st

from shared.model import ImageRef, Job

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


object_names = names.filter(lambda name: name not in {".", ".."})


buckets = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,30}", fullmatch=True)


refs = st.builds(ImageRef, buckets, object_names, st.integers(1, 2**62))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)


jobs = st.builds(
    Job,
    st.lists(refs, min_size=1, max_size=3).map(tuple),
    st.from_regex(r"[a-z][a-z0-9_+-]{0,30}", fullmatch=True),
    st.dictionaries(names.filter("model".__ne__), values),
)
