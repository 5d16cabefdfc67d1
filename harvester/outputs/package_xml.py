"""A workbook's file: a zip of the sheets' parts, and of those that say what there is and how it hangs together."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from harvester.outputs.sheet_xml import MAIN, RELATIONS, SheetXml, attribute, escape

_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_SPREADSHEET = f"{_OFFICE}.spreadsheetml"
_LEVEL = 4
"""Half the time of zlib's own level; a file is 5 to 9 % larger."""
_FILTER = "_xlnm._FilterDatabase"
_TYPES = {
    "xl/styles.xml": f"{_SPREADSHEET}.styles+xml",
    "xl/theme/theme1.xml": f"{_OFFICE}.theme+xml",
    "docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
    "docProps/app.xml": f"{_OFFICE}.extended-properties+xml",
    "xl/workbook.xml": f"{_SPREADSHEET}.sheet.main+xml",
}


def write_package(path: Path, sheets: Sequence[SheetXml], fixed: Mapping[str, bytes]) -> None:
    """Write the workbook; not atomic. `fixed` are the parts that are the same in every one, by their names."""
    parts = [("worksheet", f"/xl/worksheets/sheet{number}.xml") for number in range(1, len(sheets) + 1)]
    parts += [("styles", "styles.xml"), ("theme", "theme/theme1.xml")]
    written = {
        "xl/workbook.xml": _workbook(sheets),
        "xl/_rels/workbook.xml.rels": _relate(parts),
        "docProps/core.xml": _core(),
        "[Content_Types].xml": _content_types(len(sheets)),
        **{
            f"xl/worksheets/_rels/sheet{number}.xml.rels": _relate(_links(sheet.outside))
            for number, sheet in enumerate(sheets, 1)
            if sheet.outside
        },
    }
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as package:
        for number, sheet in enumerate(sheets, 1):
            with package.open(f"xl/worksheets/sheet{number}.xml", "w") as part:
                sheet.write_to(part)
        for name, data in {**fixed, **{name: text.encode() for name, text in written.items()}}.items():
            with package.open(name, "w") as part:
                part.write(data)


def _links(targets: Sequence[str]) -> list[tuple[str, str]]:
    return [("hyperlink", f'{attribute(one)}" TargetMode="External') for one in targets]


def _relate(parts: Sequence[tuple[str, str]]) -> str:
    """What a part is related to: (kind, target), in the order of their ids."""
    each = (
        f'<Relationship Type="{RELATIONS}/{kind}" Target="{target}" Id="rId{number}"/>'
        for number, (kind, target) in enumerate(parts, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{"".join(each)}</Relationships>'


def _workbook(sheets: Sequence[SheetXml]) -> str:
    listed = "".join(
        f'<sheet name="{attribute(one.title)}" sheetId="{number}" '
        f'state="{"veryHidden" if one.hidden else "visible"}" r:id="rId{number}"/>'
        for number, one in enumerate(sheets, 1)
    )
    names = "".join(name for number, one in enumerate(sheets) for name in _names(number, one))
    return (
        f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><workbookPr/><workbookProtection/><bookViews><workbookView '
        'visibility="visible" minimized="0" showHorizontalScroll="1" showVerticalScroll="1" showSheetTabs="1" '
        'tabRatio="600" firstSheet="0" activeTab="0" autoFilterDateGrouping="1"/></bookViews>'
        f"<sheets>{listed}</sheets><definedNames>{names}</definedNames>"
        '<calcPr calcId="124519" fullCalcOnLoad="1"/></workbook>'
    )


def _names(number: int, sheet: SheetXml) -> Iterator[str]:
    """The names by which office programs know a sheet's filter, and the row that is printed on each page."""
    title = escape("'" + sheet.title.replace("'", "''") + "'")
    if sheet.filtered:
        cells = ":".join(_absolute(one) for one in sheet.filtered.split(":"))
        yield f'<definedName name="{_FILTER}" localSheetId="{number}" hidden="1">{title}!{cells}</definedName>'
    if not sheet.hidden:
        yield f'<definedName name="_xlnm.Print_Titles" localSheetId="{number}">{title}!$1:$1</definedName>'


def _absolute(cell: str) -> str:
    letters = cell.rstrip("0123456789")
    return f"${letters}${cell[len(letters) :]}"


def _core() -> str:
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    times = "".join(
        f'<dcterms:{what} xsi:type="dcterms:W3CDTF">{now}</dcterms:{what}>' for what in ("created", "modified")
    )
    return (
        f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:creator>harvester</dc:creator>{times}'
        "</cp:coreProperties>"
    )


def _content_types(sheets: int) -> str:
    types = _TYPES | {f"xl/worksheets/sheet{one}.xml": f"{_SPREADSHEET}.worksheet+xml" for one in range(1, sheets + 1)}
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        + "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in types.items())
        + "</Types>"
    )
