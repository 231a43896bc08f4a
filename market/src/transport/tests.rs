use super::check::{fault, Fault};
use super::*;
use microlp::{ComparisonOp, LinearExpr, OptimizationDirection, Problem};
use proptest::prelude::*;

/// A problem in full: amounts, allowed pairs, worths.
#[derive(Clone, Debug)]
struct Given {
    rows: Vec<u64>,
    columns: Vec<u64>,
    allowed: Table<bool>,
    worths: Table<i128>,
}

impl Given {
    fn transport(&self) -> Transport {
        Transport::new(&self.rows, &self.columns, self.allowed.clone()).unwrap()
    }
    fn cells(&self) -> Vec<(usize, usize)> {
        let cells = (0..self.rows.len()).flat_map(|row| (0..self.columns.len()).map(move |column| (row, column)));
        cells.collect()
    }
    fn sum(&self, shipments: &[Shipment]) -> i128 {
        shipments.iter().map(|s| self.worths[(s.row, s.column)] * i128::from(s.amount)).sum()
    }
    fn table(&self, shipments: &[Shipment]) -> Vec<u64> {
        let mut table = Table::filled(self.rows.len(), self.columns.len(), 0);
        for shipment in shipments {
            assert!(self.allowed[(shipment.row, shipment.column)] && shipment.amount > 0);
            table[(shipment.row, shipment.column)] += shipment.amount;
        }
        table.cells().to_vec()
    }
}

fn given(
    sides: std::ops::RangeInclusive<usize>,
    amounts: u64,
    worths: i128,
    forbidden: u8,
) -> impl Strategy<Value = Given> {
    (sides.clone(), sides).prop_flat_map(move |(rows, columns)| {
        let side = |count| prop::collection::vec(0..=amounts, count);
        let cells = prop::collection::vec((0u8..10, -worths..=worths), rows * columns);
        (side(rows), side(columns), cells).prop_map(move |(rows, columns, cells)| {
            let at = |row: usize, column: usize| cells[row * columns.len() + column];
            Given {
                allowed: Table::of(rows.len(), columns.len(), |row, column| at(row, column).0 >= forbidden),
                worths: Table::of(rows.len(), columns.len(), |row, column| at(row, column).1),
                rows,
                columns,
            }
        })
    })
}

/// The best way by trying all: the greatest total, then the greatest sum, then the first.
fn by_trying(given: &Given) -> (u64, i128, Vec<u64>) {
    fn fill(given: &Given, at: usize, rows: &mut [u64], columns: &mut [u64], way: &mut Vec<u64>, best: &mut Best) {
        let cells = given.cells();
        let Some(&(row, column)) = cells.get(at) else {
            let worth = |(cell, amount): (&(usize, usize), &u64)| given.worths[*cell] * i128::from(*amount);
            let found = (way.iter().sum::<u64>(), cells.iter().zip(way.iter()).map(worth).sum::<i128>(), way.clone());
            if best.as_ref().is_none_or(|best| found > *best) {
                *best = Some(found);
            }
            return;
        };
        let most = if given.allowed[(row, column)] { rows[row].min(columns[column]) } else { 0 };
        for amount in 0..=most {
            rows[row] -= amount;
            columns[column] -= amount;
            way.push(amount);
            fill(given, at + 1, rows, columns, way, best);
            way.pop();
            rows[row] += amount;
            columns[column] += amount;
        }
    }
    type Best = Option<(u64, i128, Vec<u64>)>;
    let mut best = None;
    fill(given, 0, &mut given.rows.clone(), &mut given.columns.clone(), &mut Vec::new(), &mut best);
    best.expect("nothing at all is a way")
}

/// The best value of a linear program over the ways: the total, or the sum of worth times amount
/// with a total that is given.
fn by_program(given: &Given, total: Option<u64>) -> f64 {
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    let cells: Vec<_> = given.cells().into_iter().filter(|cell| given.allowed[*cell]).collect();
    let variable = |cell: &(usize, usize)| match total {
        Some(_) => problem.add_var(given.worths[*cell] as f64, (0.0, f64::INFINITY)),
        None => problem.add_var(1.0, (0.0, f64::INFINITY)),
    };
    let variables: Vec<_> = cells.iter().map(variable).collect();
    let sum = |counts: &dyn Fn(&(usize, usize)) -> bool| {
        let mut sum = LinearExpr::empty();
        cells.iter().zip(&variables).filter(|(cell, _)| counts(cell)).for_each(|(_, variable)| sum.add(*variable, 1.0));
        sum
    };
    let at_most = given.rows.iter().enumerate().map(|(row, amount)| (sum(&|cell| cell.0 == row), *amount));
    let at_most_too = given.columns.iter().enumerate().map(|(column, amount)| (sum(&|cell| cell.1 == column), *amount));
    for (sum, amount) in at_most.chain(at_most_too).collect::<Vec<_>>() {
        problem.add_constraint(sum, ComparisonOp::Le, amount as f64);
    }
    if let Some(total) = total {
        problem.add_constraint(sum(&|_| true), ComparisonOp::Eq, total as f64);
    }
    problem.solve().unwrap().into_solution().unwrap().objective()
}

/// Whether no cell could take more at the cost of later cells alone, on the optima: the definition
/// of the first one, cell by cell, by a plain search.
fn is_first(given: &Given, transport: &Transport, shipments: &[Shipment]) -> bool {
    let tree = transport.tree.as_ref().unwrap();
    let (rows, columns) = (given.rows.len() + 1, given.columns.len() + 1);
    let mut amounts = Table::filled(rows, columns, 0u64);
    for shipment in shipments {
        amounts[(shipment.row, shipment.column)] = shipment.amount;
    }
    for row in 0..rows - 1 {
        amounts[(row, columns - 1)] = transport.rows[row] - amounts.row(row).iter().sum::<u64>();
    }
    for column in 0..columns - 1 {
        let taken: u64 = (0..rows).map(|row| amounts[(row, column)]).sum();
        amounts[(rows - 1, column)] = transport.columns[column] - taken;
    }
    let (of_rows, of_columns) = tree.potentials();
    let usable = |row: usize, column: usize| match (row + 1 < rows, column + 1 < columns) {
        (true, true) => {
            given.allowed[(row, column)]
                && given.columns[column] > 0
                && given.worths[(row, column)] == of_rows[row] + of_columns[column]
        }
        (false, false) => false,
        _ => of_rows[row] + of_columns[column] == 0,
    };
    given.cells().into_iter().filter(|(row, column)| usable(*row, *column)).all(|(row, column)| {
        // Later in reading order, or not read at all.
        let later = |r: usize, c: usize| r > row || (r == row && c > column);
        let mut seen = vec![false; columns];
        let mut stack = vec![column];
        while let Some(at) = stack.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            for less in (0..rows).filter(|less| amounts[(*less, at)] > 0 && later(*less, at)) {
                if less == row {
                    return false;
                }
                stack.extend((0..columns).filter(|more| usable(less, *more) && later(less, *more)));
            }
        }
        true
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn all_that_can_be_tried_on_small_problems(given in given(0..=3, 2, 2, 3)) {
        let (total, sum, first) = by_trying(&given);
        let mut transport = given.transport();
        prop_assert_eq!(transport.total(), total);
        prop_assert_eq!(given.sum(&transport.greatest(|r, c| given.worths[(r, c)]).unwrap()), sum);
        let shipments = transport.first_greatest(|r, c| given.worths[(r, c)]).unwrap();
        prop_assert_eq!(given.table(&shipments), first);
    }

    /// Worths and amounts at their bounds decide as small ones do.
    #[test]
    fn nothing_overflows_at_the_bounds(given in given(1..=3, 2, 1, 2)) {
        let (.., first) = by_trying(&given);
        let large = |side: &[u64]| side.iter().map(|amount| amount << 58).collect::<Vec<_>>();
        let mut transport = Transport::new(&large(&given.rows), &large(&given.columns), given.allowed.clone()).unwrap();
        let shipments = transport.first_greatest(|r, c| given.worths[(r, c)] * MOST_WORTH).unwrap();
        prop_assert_eq!(given.table(&shipments), first.iter().map(|amount| amount << 58).collect::<Vec<_>>());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_linear_program_finds_the_same(given in given(1..=12, 30, 40, 4)) {
        let mut transport = given.transport();
        prop_assert!((by_program(&given, None) - transport.total() as f64).abs() < 1e-6);
        for sign in [1, -1] {
            let signed = Given { worths: Table::of(given.rows.len(), given.columns.len(), |r, c| sign * given.worths[(r, c)]), ..given.clone() };
            let found = signed.sum(&transport.greatest(|r, c| signed.worths[(r, c)]).unwrap());
            let program = by_program(&signed, Some(transport.total()));
            prop_assert!((program - found as f64).abs() < 1e-4, "{} {}", program, found);
        }
    }

    /// Many ties, so that the choice among optima has much to choose from; the basis that a program
    /// starts from changes nothing.
    #[test]
    fn the_first_of_many_optima(given in given(1..=14, 9, 1, 3)) {
        let mut transport = given.transport();
        let first = transport.first_greatest(|r, c| given.worths[(r, c)]).unwrap();
        prop_assert!(transport.total() == 0 || is_first(&given, &transport, &first));
        transport.greatest(|r, c| (r * 7 + c * 3) as i128 % 5).unwrap();
        prop_assert_eq!(transport.first_greatest(|r, c| given.worths[(r, c)]).unwrap(), first);
    }
}

#[test]
fn equal_worths_everywhere_are_served_in_reading_order() {
    let given = Given {
        rows: vec![3, 0, 5],
        columns: vec![0, 4, 2, 9],
        allowed: Table::filled(3, 4, true),
        worths: Table::filled(3, 4, 7),
    };
    let shipments = given.transport().first_greatest(|r, c| given.worths[(r, c)]).unwrap();
    assert_eq!(given.table(&shipments), [0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 2]);
}

#[test]
fn what_is_too_large_is_refused() {
    let of = |rows: &[u64], columns: &[u64]| {
        Transport::new(rows, columns, Table::filled(rows.len(), columns.len(), true)).map(|_| ())
    };
    assert_eq!(of(&[AMOUNTS_BELOW - 1], &[1]), Ok(()));
    assert_eq!(of(&[AMOUNTS_BELOW], &[1]), Err(TooLarge::Amounts));
    assert_eq!(of(&[1], &[AMOUNTS_BELOW - 1, 1]), Err(TooLarge::Amounts));
    assert_eq!(of(&[u64::MAX, 1], &[1]), Err(TooLarge::Amounts));
    assert_eq!(of(&vec![0; MOST_NODES], &[]), Ok(()));
    assert_eq!(of(&vec![0; MOST_NODES + 1], &[]), Err(TooLarge::Nodes));
    let mut transport = Transport::new(&[1], &[1], Table::filled(1, 1, true)).unwrap();
    for sign in [1, -1] {
        assert_eq!(transport.greatest(|_, _| sign * MOST_WORTH).map(|ways| ways.len()), Ok(1));
        assert_eq!(transport.greatest(|_, _| sign * (MOST_WORTH + 1)), Err(TooLarge::Worth));
    }
}

#[test]
fn a_proof_that_is_wrong_is_found_out() {
    let worths = [[5, 1], [4, 3]];
    let mut transport = Transport::new(&[2, 2], &[2, 1], Table::filled(2, 2, true)).unwrap();
    transport.greatest(|r, c| worths[r][c]).unwrap();
    let table = transport.worths(|r, c| worths[r][c]).unwrap();
    let tree = transport.tree.clone().unwrap();
    let of = |tree: &Tree, amounts: &Table<u64>| fault(&transport.rows, &transport.columns, &table, tree, amounts);
    let amounts = tree.amounts();
    assert_eq!(of(&tree, &amounts), None);
    let mut less = amounts.clone();
    less[(0, 0)] -= 1;
    assert_eq!(of(&tree, &less), Some(Fault::Row(0)));
    let mut elsewhere = amounts.clone();
    elsewhere[(1, 1)] -= 1;
    elsewhere[(1, 2)] += 1;
    assert_eq!(of(&tree, &elsewhere), Some(Fault::Column(1)));
    let mut worse = amounts.clone();
    worse[(0, 0)] -= 1;
    worse[(0, 1)] += 1;
    assert_eq!(of(&tree, &worse), Some(Fault::Loses(0, 1)));
    let mut other = tree.clone();
    other.potential[0] -= 1;
    assert_eq!(of(&other, &amounts), Some(Fault::Gains(0, 0)));
    // A flow that is not the greatest has no cut.
    let allowed = Table::filled(2, 2, true);
    let mut found = GreatestTotal::find(&[2, 2], &[2, 1], &allowed);
    assert!(found.is_greatest(&[2, 2], &[2, 1], &allowed));
    found.amounts[(0, 0)] -= 1;
    found.total -= 1;
    assert!(!found.is_greatest(&[2, 2], &[2, 1], &allowed));
}
