"""The catalogue is bounded: a producer that makes a plan of each subscriber does not fill the memory."""

import orjson
import pytest

from schemas.envelope import Raw
from schemas.errors import SchemaError
from streams.core.catalog import ADDONS_MAX, Catalog

VALUE = orjson.dumps({"addon_id": "0", "bucket": "data", "amount": 1, "price": "1.00", "currency": "CNY"})


def addon(number: int) -> Raw:
    """Return a record of an add-on."""
    value = VALUE.replace(b'"addon_id":"0"', b'"addon_id":"%d"' % number)
    return Raw("addons", 0, number, 0, b"%d" % number, value)


def test_one_too_many_is_refused_and_the_others_stay() -> None:
    """Known ones may still change, and one that goes makes room."""
    catalog = Catalog()
    for number in range(ADDONS_MAX):
        catalog.apply(addon(number))

    with pytest.raises(SchemaError, match="addon_id: too many add-ons"):
        catalog.apply(addon(ADDONS_MAX))
    catalog.apply(addon(0))
    catalog.apply(Raw("addons", 0, 0, 0, b"1", None))
    catalog.apply(addon(ADDONS_MAX))

    assert ADDONS_MAX == catalog.size()
