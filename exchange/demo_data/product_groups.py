"""Which kinds of devices does the demo's assortment hold? Classes of ISO 9999 with a Swedish name, and who prescribes.

The codes are public facts; the names are ours. Next: assortment.py, which makes the articles of each group.
"""

from typing import Final, NamedTuple


class ProductGroup(NamedTuple):
    """One ISO 9999 class (six digits); `individual` devices are marked and traced one by one."""

    iso_class: str
    name: str
    individual: bool = False


PRODUCT_GROUPS: Final = (
    ProductGroup("040306", "Inhalator"),
    ProductGroup("040321", "Slemsug"),
    ProductGroup("043303", "Sittdyna mot trycksår"),
    ProductGroup("043306", "Madrass mot trycksår"),
    ProductGroup("044803", "Motionscykel"),
    ProductGroup("044812", "Handträningsredskap"),
    ProductGroup("044818", "Viktmanschett"),
    ProductGroup("060306", "Ländryggsortos"),
    ProductGroup("060612", "Handledsortos"),
    ProductGroup("061206", "Fotledsortos"),
    ProductGroup("061209", "Knäortos"),
    ProductGroup("090903", "Strumppådragare"),
    ProductGroup("090912", "Påklädningskrok"),
    ProductGroup("090918", "Knappknäppare"),
    ProductGroup("091203", "Mobil toalettstol"),
    ProductGroup("091212", "Toalettförhöjning på stativ"),
    ProductGroup("091215", "Toalettförhöjning, lös"),
    ProductGroup("091218", "Toalettförhöjning, fast"),
    ProductGroup("091224", "Toalettarmstöd"),
    ProductGroup("092406", "Tappningskateter"),
    ProductGroup("092705", "Urinuppsamlingspåse"),
    ProductGroup("093018", "Inkontinensinlägg"),
    ProductGroup("093304", "Badkarsbräda"),
    ProductGroup("093306", "Halkskydd för dusch"),
    ProductGroup("093307", "Duschstol"),
    ProductGroup("093609", "Nagelklippare på platta"),
    ProductGroup("120303", "Käpp"),
    ProductGroup("120306", "Armbågskrycka"),
    ProductGroup("120316", "Fyrfotskäpp"),
    ProductGroup("120603", "Gåbock"),
    ProductGroup("120606", "Rollator"),
    ProductGroup("120612", "Gåbord"),
    ProductGroup("122203", "Manuell rullstol", individual=True),
    ProductGroup("122218", "Transportrullstol"),
    ProductGroup("122303", "Elrullstol med manuell styrning", individual=True),
    ProductGroup("122306", "Elrullstol med elektrisk styrning", individual=True),
    ProductGroup("122418", "Broms till rullstol"),
    ProductGroup("122421", "Drivhjul till rullstol"),
    ProductGroup("122424", "Batteriladdare till rullstol"),
    ProductGroup("123103", "Glidlakan"),
    ProductGroup("123106", "Vridplatta"),
    ProductGroup("123115", "Gåbälte"),
    ProductGroup("123603", "Mobil personlyft", individual=True),
    ProductGroup("123621", "Lyftsele"),
    ProductGroup("150306", "Skärbräda med fixering"),
    ProductGroup("150309", "Skalare med tjockt grepp"),
    ProductGroup("150913", "Bestick med tjockt grepp"),
    ProductGroup("150916", "Mugg med två handtag"),
    ProductGroup("150918", "Tallrik med hög kant"),
    ProductGroup("180315", "Sängbord"),
    ProductGroup("180903", "Arbetsstol"),
    ProductGroup("180907", "Ståstol"),
    ProductGroup("180915", "Uppresningsfåtölj"),
    ProductGroup("181006", "Sittdyna"),
    ProductGroup("181210", "Säng med elektrisk höjning", individual=True),
    ProductGroup("181226", "Sänggrind"),
    ProductGroup("181228", "Lyftbåge till säng"),
    ProductGroup("181503", "Möbelförhöjare"),
    ProductGroup("181806", "Stödhandtag"),
    ProductGroup("183015", "Ramp, bärbar"),
    ProductGroup("220906", "Röstförstärkare"),
    ProductGroup("222103", "Symboltavla"),
    ProductGroup("222109", "Samtalsapparat"),
    ProductGroup("222715", "Planeringskalender"),
    ProductGroup("222716", "Minnesstöd"),
    ProductGroup("222730", "Tidsur"),
    ProductGroup("240603", "Burköppnare"),
    ProductGroup("241803", "Griphjälpmedel"),
    ProductGroup("242103", "Griptång"),
    ProductGroup("242706", "Halkfritt underlägg"),
)

PREFIXES_OF_PROFESSION: Final = {
    "arbetsterapeut": ("0433", "09", "12", "15", "18", "2227", "24"),
    "fysioterapeut": ("0448", "12", "1809"),
    "sjuksköterska": ("0403", "0433", "0924", "0927", "0930", "1812"),
    "läkare": ("04", "06"),
    "logoped": ("2209", "2221"),
}
"""The product groups a profession usually has the right to prescribe: the beginnings of their ISO classes."""
