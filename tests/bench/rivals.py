"""The matchers we are measured against: each learns from (text, scenario) examples and ranks scenarios for a message."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from cs_helper.text import normalise

Rank = Callable[[str], list[str]]  # a message → scenario ids, best first
Examples = Sequence[tuple[str, str]]  # (text, scenario id)


def rapidfuzz_best_phrase(examples: Examples) -> Rank:
    """The scenario of the most similar phrase by WRatio, as most canned-response tools would do it."""
    from rapidfuzz import fuzz, process

    phrases = [text for text, _ in examples]

    def rank(message: str) -> list[str]:
        # 200 phrases nearly always hold five different scenarios
        best = process.extract(message, phrases, scorer=fuzz.WRatio, limit=200)
        return _first_five(examples[i][1] for _, _, i in best)

    return rank


def bm25(examples: Examples) -> Rank:
    """Okapi BM25 (k1 = 1.2, b = 0.75): a document is a phrase, a term a Chinese character, a pair of them or a word."""
    k1, b = 1.2, 0.75
    documents = [Counter(_terms(text)) for text, _ in examples]
    mean = sum(d.total() for d in documents) / len(documents)
    postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for i, document in enumerate(documents):
        norm = k1 * (1 - b + b * document.total() / mean)
        for term, n in document.items():
            postings[term].append((i, n * (k1 + 1) / (n + norm)))
    idf = {t: math.log(1 + (len(documents) - len(p) + 0.5) / (len(p) + 0.5)) for t, p in postings.items()}

    def rank(message: str) -> list[str]:
        scores: dict[int, float] = defaultdict(float)
        for term in set(_terms(message)) & postings.keys():
            for i, weight in postings[term]:
                scores[i] += idf[term] * weight
        best = sorted(scores, key=lambda i: -scores[i])[:200]
        return _first_five(examples[i][1] for i in best)

    return rank


def logistic_regression(examples: Examples) -> Rank:
    """Multinomial logistic regression over TF-IDF of 1- to 3-grams of characters.

    Raises:
        ImportError: scikit-learn is not installed.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
    matrix = vectors.fit_transform([normalise(text) for text, _ in examples])
    model = LogisticRegression(C=10, max_iter=100).fit(matrix, [label for _, label in examples])

    def rank(message: str) -> list[str]:
        chances = model.predict_proba(vectors.transform([normalise(message)]))[0]
        return [str(model.classes_[i]) for i in (-chances).argsort()[:5]]

    return rank


def _terms(text: str) -> list[str]:
    terms = []
    for word in normalise(text).split():
        if word.isascii():
            terms.append(word)
        else:
            terms += word
            terms += map("".join, pairwise(word))
    return terms


def _first_five(scenarios: Iterable[str]) -> list[str]:
    found: dict[str, None] = {}
    for s in scenarios:
        found[s] = None
        if len(found) == 5:
            break
    return list(found)
