// Writes the countries: codes and populations from the table below, names and
// time zones from the Unicode CLDR by way of Intl.
//
//	node gen/countries.mjs countries.json
import { writeFileSync } from "node:fs";

const languages = ["en", "bn", "hi", "es", "pt", "de", "it", "ar"];

// Thousands of people by ISO 3166-1 alpha-2 code (and XK, which ISO leaves to
// its users), rounded to two or three significant digits. After: United Nations,
// Department of Economic and Social Affairs, Population Division: World
// Population Prospects 2024. 0 where that source counts nobody, or has no figure
// of its own.
const thousands = {
  AD: 82, AE: 11000, AF: 42600, AG: 94, AI: 14.6, AL: 2790, AM: 2970, AO: 37900, AQ: 0, AR: 45700,
  AS: 47, AT: 9120, AU: 26700, AW: 108, AX: 0, AZ: 10300, BA: 3160, BB: 282, BD: 174000, BE: 11700,
  BF: 23500, BG: 6760, BH: 1610, BI: 14000, BJ: 14500, BL: 11.3, BM: 64.6, BN: 463, BO: 12400, BQ: 30.7,
  BR: 212000, BS: 401, BT: 791, BV: 0, BW: 2520, BY: 9060, BZ: 417, CA: 39700, CC: 0, CD: 109000,
  CF: 5330, CG: 6330, CH: 8920, CI: 31900, CK: 13.7, CL: 19800, CM: 29100, CN: 1420000, CO: 52900, CR: 5130,
  CU: 11000, CV: 525, CW: 185, CX: 0, CY: 1360, CZ: 10700, DE: 84600, DJ: 1170, DK: 5980, DM: 66,
  DO: 11400, DZ: 46800, EC: 18100, EE: 1360, EG: 117000, EH: 591, ER: 3540, ES: 47900, ET: 132000, FI: 5620,
  FJ: 929, FK: 3.5, FM: 113, FO: 55, FR: 66500, GA: 2540, GB: 69100, GD: 117, GE: 3810, GF: 309,
  GG: 64, GH: 34400, GI: 39, GL: 56, GM: 2760, GN: 14800, GP: 375, GQ: 1890, GR: 10000, GS: 0,
  GT: 18400, GU: 168, GW: 2200, GY: 831, HK: 7410, HM: 0, HN: 10800, HR: 3880, HT: 11800, HU: 9680,
  ID: 283000, IE: 5260, IL: 9390, IM: 84, IN: 1450000, IO: 0, IQ: 46000, IR: 91600, IS: 393, IT: 59300,
  JE: 104, JM: 2840, JO: 11600, JP: 124000, KE: 56400, KG: 7190, KH: 17600, KI: 135, KM: 867, KN: 47,
  KP: 26500, KR: 51700, KW: 4930, KY: 74, KZ: 20600, LA: 7770, LB: 5810, LC: 180, LI: 40, LK: 23100,
  LR: 5610, LS: 2340, LT: 2860, LU: 673, LV: 1870, LY: 7380, MA: 38100, MC: 39, MD: 3030, ME: 638,
  MF: 26, MG: 32000, MH: 38, MK: 1820, ML: 24500, MM: 54500, MN: 3480, MO: 720, MP: 44, MQ: 343,
  MR: 5170, MS: 4.4, MT: 540, MU: 1270, MV: 528, MW: 21700, MX: 131000, MY: 35600, MZ: 34600, NA: 3030,
  NC: 293, NE: 27000, NF: 0, NG: 233000, NI: 6920, NL: 18200, NO: 5580, NP: 29700, NR: 12, NU: 1.8,
  NZ: 5210, OM: 5280, PA: 4520, PE: 34200, PF: 282, PG: 10600, PH: 116000, PK: 251000, PL: 38500, PM: 5.6,
  PN: 0, PR: 3240, PS: 5500, PT: 10400, PW: 18, PY: 6930, QA: 3050, RE: 879, RO: 19000, RS: 6740,
  RU: 145000, RW: 14300, SA: 34000, SB: 819, SC: 130, SD: 50400, SE: 10600, SG: 5830, SH: 5.2, SI: 2120,
  SJ: 0, SK: 5510, SL: 8640, SM: 34, SN: 18500, SO: 19000, SR: 635, SS: 11900, ST: 236, SV: 6340,
  SX: 43, SY: 24700, SZ: 1240, TC: 47, TD: 20300, TF: 0, TG: 9520, TH: 71700, TJ: 10600, TK: 2.5,
  TL: 1400, TM: 7490, TN: 12300, TO: 104, TR: 87500, TT: 1370, TV: 9.6, TW: 23200, TZ: 68600, UA: 37900,
  UG: 50000, UM: 0, US: 345000, UY: 3390, UZ: 36400, VA: 0.5, VC: 101, VE: 28400, VG: 39, VI: 85,
  VN: 101000, VU: 328, WF: 11.3, WS: 218, XK: 1680, YE: 40600, YT: 326, ZA: 64000, ZM: 21300, ZW: 16600,
  ZZ: 0,
};

// The zone most people live in, where there are several, and where the CLDR has
// none.
const zones = {
  AR: "America/Argentina/Buenos_Aires", AU: "Australia/Sydney", BR: "America/Sao_Paulo", CA: "America/Toronto",
  CD: "Africa/Kinshasa", CL: "America/Santiago", CN: "Asia/Shanghai", CY: "Asia/Nicosia", DE: "Europe/Berlin",
  EC: "America/Guayaquil", ES: "Europe/Madrid", FM: "Pacific/Pohnpei", GL: "America/Nuuk", ID: "Asia/Jakarta",
  KI: "Pacific/Tarawa", KZ: "Asia/Almaty", MH: "Pacific/Majuro", MN: "Asia/Ulaanbaatar", MX: "America/Mexico_City",
  MY: "Asia/Kuala_Lumpur", NZ: "Pacific/Auckland", PF: "Pacific/Tahiti", PG: "Pacific/Port_Moresby",
  PS: "Asia/Hebron", PT: "Europe/Lisbon", RU: "Europe/Moscow", UA: "Europe/Kyiv", US: "America/New_York",
  UZ: "Asia/Tashkent", XK: "Europe/Belgrade",
};
const zoneOf = (code) => zones[code] ?? new Intl.Locale(`und-${code}`).timeZones?.[0] ?? "UTC";

const names = languages.map((language) => [language, new Intl.DisplayNames([language], { type: "region" })]);

const rows = Object.entries(thousands).map(([code, people]) =>
  JSON.stringify({
    code,
    names: Object.fromEntries(names.map(([language, of]) => [language, of.of(code)])),
    population: Math.round(people * 1000),
    zone: zoneOf(code),
  }),
);

const source =
  "Names and time zones (of most people): Unicode CLDR. Populations: United Nations, World Population Prospects 2024, rounded to two or three significant digits; 0 is unknown. Written by gen/countries.mjs.";

writeFileSync(process.argv[2], `{\n"source": ${JSON.stringify(source)},\n"countries": [\n${rows.join(",\n")}\n]\n}\n`);
