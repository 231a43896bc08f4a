//! What each format reads, for people: `veilgrid meters formats`.

use crate::Format;

/// What a format reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description {
    /// What it is.
    pub what: &'static str,
    /// The fields that are read.
    pub reads: &'static str,
    /// The unit of the values.
    pub unit: &'static str,
    /// Which end of an interval a time names.
    pub stamp: &'static str,
    /// The zone of times without offset, unless `--zone` names another. None: `--zone` is needed,
    /// or the file has offsets.
    pub zone: Option<&'static str>,
    /// The columns of the normal form that it fills.
    pub columns: &'static str,
    /// What is peculiar to it.
    pub quirks: &'static str,
    /// A command that imports it.
    pub example: &'static str,
}

/// What a format reads.
pub const fn describe(format: Format) -> Description {
    match format {
        Format::Octopus => OCTOPUS,
        Format::LowCarbonLondon => LOW_CARBON_LONDON,
        Format::Fluvius => FLUVIUS,
        Format::Enedis => ENEDIS,
        Format::Ausgrid => AUSGRID,
        Format::Nem12 => NEM12,
        Format::SimBench => SIMBENCH,
        Format::PecanStreet => PECAN_STREET,
        Format::SmartStar => SMART_STAR,
        Format::HomeAssistant => HOME_ASSISTANT,
        Format::GreenButton => GREEN_BUTTON,
        Format::Wide => WIDE,
        Format::Registers => REGISTERS,
    }
}

const OCTOPUS: Description = Description {
    what: "Octopus Energy: the supplier's download, or its interface's answer as CSV",
    reads: "Consumption (kwh), Start, End; or consumption, interval_start, interval_end",
    unit: "kWh in half an hour",
    stamp: "both ends",
    zone: None,
    columns: "import; with --quantity export the energy given to the grid",
    quirks:
        "Times have offsets, Z in winter. The file names no meter. Since August 2024 half hours without energy may \
             be left out: --gaps zero.",
    example: "veilgrid meters import --format octopus --meter home consumption.csv --out readings.csv",
};

const LOW_CARBON_LONDON: Description = Description {
    what: "The Low Carbon London trial of 2011 to 2014",
    reads: "LCLid, DateTime, KWH/hh (per half hour)",
    unit: "kWh in half an hour",
    stamp: "start, which is assumed: nobody can tell from load alone; --stamps end",
    zone: Some("UTC"),
    columns: "import",
    quirks: "Null is no value; a Null beside the half hours is dropped. Equal rows are dropped.",
    example: "veilgrid meters import --format low-carbon-london LCL.csv --out readings.csv",
};

const FLUVIUS: Description = Description {
    what: "Fluvius, the Flemish operator: the export of quarter hours, in Dutch or English",
    reads: "Van (datum), Van (tijdstip), Tot (datum), Tot (tijdstip), EAN-code, Register, Volume, Eenheid, \
            Validatiestatus; or the English names",
    unit: "kWh",
    stamp: "start",
    zone: Some("Europe/Brussels"),
    columns: "Afname, Offtake: import; Injectie, Injection: export",
    quirks: "Registers of day and night take turns and are added. Gevalideerd, Uitgelezen, Read and Validated are \
             measured, Geen verbruik and No consumption have no value, anything else is estimated.",
    example: "veilgrid meters import --format fluvius Verbruikshistoriek.csv --out readings.csv",
};

const ENEDIS: Description = Description {
    what: "Enedis, the French operator: the load curve of a Linky meter from the customer's account",
    reads: "the preamble (PRM, kind, direction, unit, step), Horodate, Valeur",
    unit: "W, mean of the step",
    stamp: "end; files of the operator's older service have the start: --stamps start",
    zone: None,
    columns: "Consommation: import; Production: export",
    quirks:
        "Steps of 10, 15, 30 or 60 minutes; the step may change within a file. Other kinds of data (Index, Puissance \
             maximale) are refused.",
    example: "veilgrid meters import --format enedis Enedis_Conso_Heure.csv --out readings.csv",
};

const AUSGRID: Description = Description {
    what: "Ausgrid's 300 solar homes",
    reads: "Customer, Consumption Category, date, 48 columns of half hours, Row Quality",
    unit: "kWh in half an hour",
    stamp: "end: a column is named after its end, and 0:00 closes the day",
    zone: Some("Australia/Sydney"),
    columns: "GC and CL: consumption; GG: generation",
    quirks:
        "NA in Row Quality: the row is estimated. Columns of an hour that does not exist are dropped where they are 0 \
             or empty, and refused where they are not.",
    example:
        "veilgrid meters import --format ausgrid \"2012-2013 Solar home electricity data v2.csv\" --out readings.csv",
};

const NEM12: Description = Description {
    what: "The Australian market's interval file",
    reads: "records 100, 200, 300, 400 and 900",
    unit: "Wh, kWh or MWh, by the record 200",
    stamp: "the n-th value is the n-th interval from 00:00 of a clock that is UTC+10 all year",
    zone: None,
    columns: "E streams: import; B streams: export",
    quirks:
        "5, 15 or 30 minutes. A is measured; E, F and S are estimated; N has no value; V: see the records 400. Other \
             streams are not read.",
    example: "veilgrid meters import --format nem12 \"nem12#17#TESTMDP#TESTRET.csv\" --out readings.csv",
};

const SIMBENCH: Description = Description {
    what: "A SimBench grid: a folder",
    reads: "Load.csv, LoadProfile.csv, RES.csv, RESProfile.csv",
    unit: "MW: pLoad times its profile, pRES times its profile",
    stamp: "start",
    zone: Some("Europe/Berlin"),
    columns: "loads: consumption; generators: generation of the load at the same node, else of a meter of their own",
    quirks: "Several generators at the node of a load are added. Reactive power is not read.",
    example: "veilgrid meters import --format simbench 1-LV-rural1--0-sw --out readings.csv",
};

const PECAN_STREET: Description = Description {
    what: "Pecan Street's Dataport",
    reads: "dataid, local_15min or localminute, grid, solar, solar2",
    unit: "kW",
    stamp: "start, which is assumed; --stamps end",
    zone: None,
    columns: "grid by its sign: import, export; solar and solar2: generation",
    quirks: "Times have offsets such as -06. At night solar is slightly below zero, which is read as 0.",
    example: "veilgrid meters import --format pecan-street 15minute_data_austin.csv --out readings.csv",
};

const SMART_STAR: Description = Description {
    what: "SMART* of the University of Massachusetts: a file a home",
    reads: "Date & Time, use [kW], gen [kW], Grid [kW]; apartments have no header: time and kW",
    unit: "kW, a row a minute (--step names another step)",
    stamp: "start, which is assumed; --stamps end",
    zone: None,
    columns: "use: consumption; gen: generation; Grid by its sign: import, export",
    quirks: "The many columns of circuits are not read. The file names no meter.",
    example:
        "veilgrid meters import --format smart-star --zone America/New_York HomeB-meter1_2016.csv --out readings.csv",
};

const HOME_ASSISTANT: Description = Description {
    what: "Home Assistant: exported long-term statistics, CSV or TSV",
    reads: "statistic_id, unit, start, sum",
    unit: "Wh, kWh or MWh, by the row",
    stamp: "start of the hour at whose end sum is the total",
    zone: None,
    columns: "by --import ID, --export ID, --generation ID",
    quirks: "sum may be below zero, and goes on where the sensor was reset. The first hour has no energy.",
    example: "veilgrid meters import --format home-assistant --zone Europe/Vienna --meter home --import \
              sensor.grid_import_total exported_statistics.tsv --out readings.csv",
};

const GREEN_BUTTON: Description = Description {
    what: "Green Button: ESPI usage data, an Atom feed in XML",
    reads: "UsagePoint, MeterReading, ReadingType and IntervalBlock, by their links",
    unit: "Wh times a power of ten",
    stamp: "start, in seconds of UTC; tzOffset is for display and is not added",
    zone: None,
    columns: "flowDirection 1: import; 19: export; others are refused",
    quirks:
        "Any namespace prefix. Quality 0, 14, 17, 18, 19 or none is measured, others are estimated. The meter is the \
             last part of the UsagePoint's link, or --meter.",
    example: "veilgrid meters import --format green-button --meter home usage.xml --out readings.csv",
};

const WIDE: Description = Description {
    what: "A column a meter",
    reads: "the first column, or a date and a time in the first two; then a column a meter",
    unit: "by the header, such as [kWh] or (W), or --unit",
    stamp: "start; --stamps end",
    zone: None,
    columns: "consumption, or what --quantity names",
    quirks:
        "Separator, decimal mark, encoding, header and date format are detected. A header that names a quantity only \
             is no meter: --meter.",
    example: "veilgrid meters import --format wide --zone Europe/Berlin --unit kWh haushalte.csv --out readings.csv",
};

const REGISTERS: Description = Description {
    what: "Readings of registers: a row a reading",
    reads: "timestamp, meter, serial, and the columns that --import and --export name",
    unit: "by the header, such as [kWh], or --unit",
    stamp: "the register is read at the time",
    zone: None,
    columns: "by --import COLUMN, --export COLUMN",
    quirks:
        "Energy is the difference of two readings of the same serial number. --register-digits says where a register \
             wraps around.",
    example: "veilgrid meters import --format registers --import '1.8.0 [kWh]' --export '2.8.0 [kWh]' \
              zaehlerstaende.csv --out readings.csv",
};
