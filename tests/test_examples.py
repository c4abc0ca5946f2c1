"""The examples of a library: labelled, cut into features, numbered; the same on one core and on two."""

from __future__ import annotations

import pytest
from tiny import CONCEPTS, MESSAGES, OUT_OF_SCOPE, split, tiny_library

from cs_helper import examples, workers
from cs_helper.examples import cut_examples, feature_lists, labelled_examples
from cs_helper.features import Lexicon, features
from cs_helper.model import Library, Scenario
from cs_helper.text import normalise

LEXICON = Lexicon.from_concepts(CONCEPTS)
TEXTS = [*split(MESSAGES["stock_check"]), "有货吗", "", "👍", "HAVE you 5 in stock?", *split(MESSAGES["greeting"])]


@pytest.mark.parametrize("cores", [1, 2])
@pytest.mark.parametrize("texts", [TEXTS, TEXTS[:1], []], ids=len)
def test_every_text_has_its_features(texts: list[str], cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "cores", lambda: cores)
    monkeypatch.setattr(examples, "FEW", 0)
    found = cut_examples(texts, LEXICON)
    expected = [features(t, LEXICON) for t in found.normalised]
    assert (found.texts, found.normalised) == (texts, list(map(normalise, texts)))
    assert [[found.names[f] for f in own] for own in feature_lists(found)] == expected
    assert found.names == list(dict.fromkeys(f for own in expected for f in own))


@pytest.mark.parametrize("before", [TEXTS, TEXTS[::-1], TEXTS[3:7], [*TEXTS, "something else"], ["something else"], []])
def test_what_was_cut_before_is_not_cut_again(before: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    fresh, earlier = cut_examples(TEXTS, LEXICON), cut_examples(before, LEXICON)
    asked: list[str] = []
    monkeypatch.setattr(examples, "normalise", lambda text: (asked.append(text), normalise(text))[1])
    assert cut_examples(TEXTS, LEXICON, earlier) == fresh
    assert asked == [text for text in dict.fromkeys(TEXTS) if text not in before]


def test_labels_are_the_numbers_of_the_scenarios() -> None:
    library = tiny_library()
    ids = list(MESSAGES)
    texts, labels = labelled_examples(library, ids)
    expected = [(text, i) for i, sid in enumerate(ids) for text in split(MESSAGES[sid])]
    expected += [(text, len(ids)) for text in split(OUT_OF_SCOPE)]
    assert list(zip(texts, labels, strict=True)) == expected


def test_a_look_alike_teaches_the_scenario_it_belongs_to() -> None:
    a = Scenario("a", "in_sale", "", messages=("催发货",), not_messages=(("退了", "b"), ("没人管", "nobody")))
    b = Scenario("b", "in_sale", "", messages=("我要退",))
    library = Library({"a": a, "b": b}, {}, (), {}, ("嗯哼",))
    assert labelled_examples(library, ["a", "b"]) == (["催发货", "退了", "我要退", "嗯哼"], [0, 1, 1, 2])
