"""Entries rendered one by one and spliced are the document that feedgen makes of all of them at once."""

import pytest
from publish_values import CASES, case

from aggregator.publish import atom, feedgen_extension, rss
from aggregator.publish.rendered import shape


@pytest.mark.parametrize("module", [atom, rss], ids=["atom", "rss"])
@pytest.mark.parametrize("name", CASES)
def test_the_spliced_document_is_the_whole_one(name: str, module: object) -> None:
    value = case(name)
    whole = module.shell(value)
    for entry in value.entries:
        if not shape(entry, lambda _: b"").wrong:
            module.add(whole, entry)
    assert module.render(value).body == feedgen_extension.serialize(whole, module.SUFFIX)
