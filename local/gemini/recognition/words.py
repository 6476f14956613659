"""The words that the embedded networks know, and what people call the same things.

The detectors know the words of COCO. The classifier knows the 1,000 classes of ImageNet, whose
order follows the kinds of things, so that a word is one range of it or a few. Classes that stand
for no thing one can box, or that the classifier confuses too often, have no word.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

ANIMAL = "animal"  # said where a thing is one and nobody can tell which
CLASSES = 1000  # of the classifier
ANIMALS = range(398)  # those of its classes that are animals

_COCO = (
    "person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, "
    "fire hydrant, stop sign, parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, "
    "bear, zebra, giraffe, backpack, umbrella, handbag, tie, suitcase, frisbee, skis, snowboard, "
    "sports ball, kite, baseball bat, baseball glove, skateboard, surfboard, tennis racket, "
    "bottle, wine glass, cup, fork, knife, spoon, bowl, banana, apple, sandwich, orange, broccoli, "
    "carrot, hot dog, pizza, donut, cake, chair, couch, potted plant, bed, dining table, toilet, "
    "tv, laptop, mouse, remote, keyboard, cell phone, microwave, oven, toaster, sink, "
    "refrigerator, book, clock, vase, scissors, teddy bear, hair drier, toothbrush"
)
COCO = tuple(_COCO.split(", "))

# The classifier's classes of each word; COCO's words first.
_CLASSES = {
    "bicycle": "444 671",
    "car": "436 468 479 511 581 609 627 656 661 751 817",
    "motorcycle": "665 670",
    "airplane": "404 895",
    "bus": "654 779 874",
    "train": "466 547 565 705 820 829",
    "truck": "555 569 675 717 864 867",
    "boat": "472 484 510 554 576 625 628 780 814 871 914",
    "traffic light": "920",
    "parking meter": "704",
    "bench": "703",
    "bird": "7-24 80-100 127-146",
    "cat": "281-285",
    "dog": "151-268 273",
    "horse": "339",
    "sheep": "348-349",
    "cow": "345",
    "elephant": "101 385-386",
    "bear": "294-297",
    "zebra": "340",
    "backpack": "414",
    "umbrella": "879",
    "handbag": "636 748",
    "tie": "451 457 906",
    "skis": "795",
    "sports ball": "429-430 522 574 722 768 805 852 890",
    "tennis racket": "752",
    "bottle": "440 720 737 898 907",
    "wine glass": "572 966",
    "cup": "504 967-969",
    "spoon": "618 910",
    "bowl": "659 809",
    "banana": "954",
    "apple": "948",
    "orange": "950",
    "broccoli": "937",
    "hot dog": "934",
    "pizza": "963",
    "cake": "927",
    "chair": "423 559 765 857",
    "couch": "831",
    "potted plant": "738",
    "bed": "564",
    "dining table": "532",
    "toilet": "861",
    "tv": "664 782 851",
    "laptop": "620 681",
    "mouse": "673",
    "remote": "761",
    "keyboard": "508 878",
    "cell phone": "487 590",
    "microwave": "651",
    "oven": "827",
    "toaster": "859",
    "sink": "896",
    "refrigerator": "760",
    "book": "917 921",
    "clock": "409 530 604 826 892",
    "vase": "883",
    "teddy bear": "850",
    "hair drier": "589",
    # Animals
    "fish": "0-1 389-397",
    "shark": "2-4",
    "ray": "5-6",
    "salamander": "25-29",
    "frog": "30-32",
    "turtle": "33-37",
    "lizard": "38-48",
    "crocodile": "49-50",
    "snake": "52-68",
    "scorpion": "71",
    "spider": "70 72-77",
    "kangaroo": "104",
    "koala": "105",
    "jellyfish": "107",
    "snail": "113",
    "crab": "118-121 125",
    "lobster": "122-124",
    "whale": "147-148",
    "sea lion": "150",
    "wolf": "269-272",
    "hyena": "275-276",
    "fox": "277-280",
    "puma": "286",
    "lynx": "287",
    "leopard": "288-289",
    "jaguar": "290",
    "lion": "291",
    "tiger": "292",
    "cheetah": "293",
    "meerkat": "299",
    "beetle": "300-307",
    "fly": "308",
    "bee": "309",
    "ant": "310",
    "grasshopper": "311-312",
    "mantis": "315",
    "dragonfly": "319-320",
    "butterfly": "321-326",
    "starfish": "327",
    "rabbit": "330-332",
    "hamster": "333",
    "hedgehog": "334",
    "squirrel": "335",
    "marmot": "336",
    "beaver": "337",
    "guinea pig": "338",
    "pig": "341-343",
    "hippopotamus": "344",
    "water buffalo": "346",
    "bison": "347",
    "ibex": "350",
    "antelope": "351-353",
    "camel": "354",
    "llama": "355",
    "otter": "360",
    "skunk": "361",
    "badger": "362",
    "armadillo": "363",
    "sloth": "364",
    "orangutan": "365",
    "gorilla": "366",
    "chimpanzee": "367",
    "monkey": "368-382",
    "lemur": "383-384",
    "red panda": "387",
    "panda": "388",
    # Things
    "accordion": "401",
    "balloon": "417",
    "barrel": "427",
    "bathtub": "435",
    "binoculars": "447",
    "broom": "462",
    "bucket": "463",
    "building": "425 437 442 449 483 497-498 538 663 668 698 832",
    "camera": "732 759",
    "candle": "470",
    "cello": "486",
    "coffeepot": "505 849",
    "drum": "541 641",
    "fountain": "562",
    "frying pan": "567",
    "guitar": "402 546",
    "hammer": "587",
    "hat": "452 515 808",
    "helmet": "518 560",
    "lamp": "619 846",
    "loudspeaker": "632",
    "mailbox": "637",
    "microphone": "650",
    "piano": "579 881",
    "pillow": "721",
    "plate": "923",
    "printer": "742",
    "screwdriver": "784",
    "sewing machine": "786",
    "shoe": "502 514 630 770 774",
    "street sign": "919",
    "sunglasses": "836-837",
    "tent": "672",
    "tractor": "866",
    "trumpet": "513 566 875",
    "violin": "889",
    # What one eats, and what grows
    "bread": "930-932",
    "burger": "933",
    "cauliflower": "938",
    "corn": "987",
    "cucumber": "939 943",
    "flower": "985-986",
    "ice cream": "928-929",
    "lemon": "951",
    "mushroom": "947 991-997",
    "pepper": "945",
    "pineapple": "953",
    "pomegranate": "957",
    "strawberry": "949",
}

# What one asks for when one means any of several words.
_KINDS = {
    "animal": "bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe, fish, shark, "
    "ray, salamander, frog, turtle, lizard, crocodile, snake, scorpion, spider, kangaroo, koala, "
    "jellyfish, snail, crab, lobster, whale, sea lion, wolf, hyena, fox, puma, lynx, leopard, "
    "jaguar, lion, tiger, cheetah, meerkat, beetle, fly, bee, ant, grasshopper, mantis, dragonfly, "
    "butterfly, starfish, rabbit, hamster, hedgehog, squirrel, marmot, beaver, guinea pig, pig, "
    "hippopotamus, water buffalo, bison, ibex, antelope, camel, llama, otter, skunk, badger, "
    "armadillo, sloth, orangutan, gorilla, chimpanzee, monkey, lemur, red panda, panda, animal",
    "pet": "cat, dog, hamster, rabbit, guinea pig, bird",
    "insect": "beetle, fly, bee, ant, grasshopper, mantis, dragonfly, butterfly",
    "reptile": "lizard, crocodile, snake, turtle",
    "vehicle": "bicycle, car, motorcycle, airplane, bus, train, truck, boat, tractor",
    "fruit": "banana, apple, orange, lemon, pineapple, strawberry, pomegranate",
    "vegetable": "broccoli, carrot, cauliflower, cucumber, pepper, corn",
    "furniture": "chair, couch, bed, bench, dining table",
    "cutlery": "fork, knife, spoon",
    "musical instrument": "accordion, cello, drum, guitar, piano, trumpet, violin",
    "instrument": "accordion, cello, drum, guitar, piano, trumpet, violin",
    "food": "banana, apple, sandwich, orange, broccoli, carrot, hot dog, pizza, donut, cake, "
    "bread, burger, cauliflower, corn, cucumber, ice cream, lemon, mushroom, pepper, pineapple, "
    "pomegranate, strawberry",
}
# Other names of a word. Narrower ones are not among them: no man is found where a person is.
_ALSO = {
    "person": "people, human, human being, pedestrian",
    "bicycle": "bike",
    "motorcycle": "motorbike",
    "car": "automobile",
    "truck": "lorry",
    "airplane": "plane, aeroplane, aircraft",
    "boat": "ship",
    "cell phone": "phone, mobile phone, smartphone, mobile",
    "couch": "sofa",
    "cup": "mug",
    "potted plant": "plant, houseplant",
    "tv": "television, monitor, screen",
    "laptop": "computer, notebook",
    "dining table": "table",
    "donut": "doughnut",
    "hot dog": "hotdog",
    "remote": "remote control",
    "refrigerator": "fridge",
    "sports ball": "ball",
    "cow": "cattle",
    "pig": "hog",
    "crocodile": "alligator",
    "hippopotamus": "hippo",
    "hedgehog": "porcupine",
    "llama": "alpaca",
    "handbag": "bag, purse",
    "backpack": "rucksack",
    "street sign": "sign, road sign",
    "loudspeaker": "speaker",
    "coffeepot": "teapot",
    "hair drier": "hair dryer",
}
# Kinds of a word that the classifier alone can tell, by its classes. Nobody is called so unasked:
# it is too often wrong about them.
_FINER = {
    "duck": ("bird", "97-100"),  # it takes ducks for geese
    "goose": ("bird", "97-100"),
    "swan": ("bird", "100"),
    "chicken": ("bird", "7-8"),
    "hen": ("bird", "7-8"),
    "rooster": ("bird", "7"),
    "ostrich": ("bird", "9"),
    "owl": ("bird", "24"),
    "eagle": ("bird", "21-22"),
    "peacock": ("bird", "84"),
    "parrot": ("bird", "87-90"),
    "toucan": ("bird", "96"),
    "stork": ("bird", "127-128"),
    "flamingo": ("bird", "130"),
    "heron": ("bird", "131-133"),
    "pelican": ("bird", "144"),
    "penguin": ("bird", "145"),
    "polar bear": ("bear", "296"),
    "baseball": ("sports ball", "429"),
    "basketball": ("sports ball", "430"),
    "tennis ball": ("sports ball", "852"),
    "volleyball": ("sports ball", "890"),
    "chameleon": ("lizard", "40 47"),
    "iguana": ("lizard", "39"),
    "church": ("building", "497"),
    "castle": ("building", "483"),
}
_PLURALS = {
    "person": "people",
    "sheep": "sheep",
    "fish": "fish",
    "bison": "bison",
    "knife": "knives",
    "wolf": "wolves",
    "mouse": "mice",
    "goose": "geese",
    "broccoli": "broccoli",
    "cattle": "cattle",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a label asks for: things of these words, of these classes only if there are some."""

    words: frozenset[str]
    classes: frozenset[int] = frozenset()


def asked(label: str) -> Asked | None:
    """What a label asks for, in whatever number and case; None if no word is known for it."""
    plain = " ".join(label.lower().split())
    return next((found for form in _singulars(plain) if (found := _asked().get(form))), None)


def plural(word: str) -> str:
    """Several of a thing."""
    if word in _PLURALS:
        return _PLURALS[word]
    if word.endswith(("skis", "scissors", "glasses")):
        return word
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"


def singular(name: str) -> str:
    """One of what a name asks for: a word, or the name's own singular if that is known."""
    forms = [*_singulars(name.lower())]
    return next(
        (form for known_of in (known(), _asked()) for form in forms if form in known_of), name
    )


@cache
def of_class() -> tuple[str | None, ...]:
    """The word of each class of the classifier; None: it has none."""
    words: list[str | None] = [None] * CLASSES
    for word, ranges in _CLASSES.items():
        for number in _numbers(ranges):
            words[number] = word
    return tuple(words)


@cache
def classes(word: str) -> frozenset[int]:
    """The classes of a word; none if only the detectors know it."""
    return frozenset(_numbers(_CLASSES.get(word, "")))


@cache
def known() -> frozenset[str]:
    """Every word that things are called by."""
    return frozenset({*COCO, *_CLASSES, ANIMAL})


@cache
def animals() -> frozenset[str]:
    """The words that are animals."""
    return frozenset(_KINDS["animal"].split(", "))


def _numbers(ranges: str) -> Iterator[int]:
    for each in ranges.split():
        first, _, last = each.partition("-")
        yield from range(int(first), int(last or first) + 1)


def _singulars(word: str) -> Iterator[str]:
    """What it may be the plural of, itself first."""
    yield word
    yield from (one for one, many in _PLURALS.items() if many == word)
    for ending, instead in (("ies", "y"), ("ves", "f"), ("ves", "fe"), ("es", ""), ("s", "")):
        if word.endswith(ending):
            yield word.removesuffix(ending) + instead


@cache
def _asked() -> dict[str, Asked]:
    found = {word: Asked(frozenset({word})) for word in known()}
    for word, others in _ALSO.items():
        found |= dict.fromkeys(others.split(", "), Asked(frozenset({word})))
    for kind, words in _KINDS.items():
        found[kind] = Asked(frozenset(words.split(", ")))
    for finer, (word, ranges) in _FINER.items():
        found[finer] = Asked(frozenset({word}), frozenset(_numbers(ranges)))
    return found
