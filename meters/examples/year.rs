//! Makes a year of quarter hours of many meters, to measure the import with: the figures of
//! `docs/results/records/meters.md` are from it.
//!
//! `cargo run --release -p veilgrid-meters --example year -- wide 1000 year.csv` writes a column
//! for each meter, `long` a row for each value.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};

/// Quarter hours of 2025 in UTC.
const QUARTERS: u64 = 365 * 96;

/// 2025-01-01T00:00:00Z.
const FIRST: i64 = 1_735_689_600;

/// A load in Wh that looks like one: a few hundred Wh, other ones for each meter and quarter hour.
fn load(meter: u64, quarter: u64) -> u64 {
    let mut mixed = (meter << 32 | quarter).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^= mixed >> 29;
    mixed = mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^= mixed >> 32;
    let hour = quarter % 96 / 4;
    let daily = if (7..22).contains(&hour) { 150 } else { 40 };
    daily + mixed % 700 * mixed % 3
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: year wide|long METERS FILE";
    let shape = arguments.next().ok_or(usage)?;
    let meters: u64 = arguments.next().ok_or(usage)?.parse()?;
    let mut out = BufWriter::with_capacity(1 << 20, File::create(arguments.next().ok_or(usage)?)?);
    let time = |quarter: u64| meters::clock::Utc(FIRST + 900 * quarter as i64).to_string();
    match shape.as_str() {
        "wide" => {
            write!(out, "time")?;
            for meter in 0..meters {
                write!(out, ";House {meter:04} [kWh]")?;
            }
            for quarter in 0..QUARTERS {
                write!(out, "\n{}", time(quarter))?;
                for meter in 0..meters {
                    let load = load(meter, quarter);
                    write!(out, ";{}.{:03}", load / 1000, load % 1000)?;
                }
            }
            writeln!(out)?;
        }
        "long" => {
            writeln!(out, "LCLid,stdorToU,DateTime,KWH/hh (per half hour) ,Acorn,Acorn_grouped")?;
            for meter in 0..meters {
                for half in 0..QUARTERS / 2 {
                    let load = load(meter, half);
                    let time = time(2 * half).replace('T', " ").replace('Z', ".0000000");
                    let (whole, part) = (load / 1000, load % 1000);
                    writeln!(out, "MAC{meter:06},Std,{time}, {whole}.{part:03} ,ACORN-E,Affluent")?;
                }
            }
        }
        "registers" => {
            writeln!(out, "timestamp;meter;serial;1.8.0 [kWh]")?;
            for meter in 0..meters {
                let mut total = 0;
                for quarter in 0..QUARTERS {
                    total += load(meter, quarter);
                    writeln!(out, "{};H-{meter:04};S{meter};{}.{:03}", time(quarter), total / 1000, total % 1000)?;
                }
            }
        }
        _ => return Err(usage.into()),
    }
    out.flush()?;
    Ok(())
}
