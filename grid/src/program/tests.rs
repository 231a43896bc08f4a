use super::*;

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-6 * expected.abs().max(1.0), "{found} is not {expected}");
}

/// Two goods from two machines: 3 x + 5 y with x <= 4, 2 y <= 12, 3 x + 2 y <= 18 earns 36.
#[test]
fn a_linear_program_has_its_values_and_worths() {
    let mut program = Program::new();
    let x = program.variable(0.0, 4.0, -3.0);
    let y = program.variable(0.0, f64::INFINITY, -5.0);
    let second = program.at_most([(y, 2.0)], 12.0);
    let third = program.at_most([(x, 3.0), (y, 1.0), (y, 1.0)], 18.0);
    let solution = program.solve().unwrap();
    close(solution.cost(), -36.0);
    close(solution.value(x), 2.0);
    close(solution.value(y), 6.0);
    close(solution.row(second).worth, 1.5);
    close(solution.row(third).worth, 1.0);
    close(solution.upper(x).worth, 0.0);
    assert!(solution.row(second).binds() && solution.row(third).binds());
    assert!(!solution.upper(x).binds() && !solution.lower(x).binds() && !solution.upper(y).binds());
}

/// x^2 + 2 y^2 with x + y = 3: x = 2, y = 1, cost 6, and one unit more costs 4.
#[test]
fn a_quadratic_program_has_its_values_and_worths() {
    let mut program = Program::new();
    let x = program.variable(f64::NEG_INFINITY, f64::INFINITY, 0.0);
    let y = program.variable(f64::NEG_INFINITY, f64::INFINITY, 0.0);
    program.square(x, 1.0);
    program.square(y, 2.0);
    let row = program.equal([(x, 1.0), (y, 1.0)], 3.0);
    let solution = program.solve().unwrap();
    close(solution.cost(), 6.0);
    close(solution.value(x), 2.0);
    close(solution.value(y), 1.0);
    close(solution.row(row).worth, -4.0);
    assert!(solution.row(row).binds());
}

#[test]
fn a_constant_is_worth_what_its_bounds_are() {
    let mut program = Program::new();
    let fixed = program.variable(2.0, 2.0, 1.0);
    let other = program.variable(0.0, 10.0, 3.0);
    program.equal([(fixed, 1.0), (other, 1.0)], 5.0);
    let solution = program.solve().unwrap();
    close(solution.value(fixed), 2.0);
    close(solution.value(other), 3.0);
    close(solution.cost(), 11.0);
    close(solution.upper(fixed).worth, 2.0);
    close(solution.lower(fixed).worth, 0.0);
    assert!(solution.lower(fixed).binds() && solution.upper(fixed).binds());
}

#[test]
fn what_has_no_solution_is_an_error_of_its_kind() {
    let mut infeasible = Program::new();
    let x = infeasible.variable(0.0, 1.0, 1.0);
    infeasible.equal([(x, 1.0)], 2.0);
    assert_eq!(infeasible.solve().unwrap_err(), Unsolved::Infeasible);

    let mut unbounded = Program::new();
    let x = unbounded.variable(0.0, f64::INFINITY, -1.0);
    let y = unbounded.variable(0.0, f64::INFINITY, 1.0);
    unbounded.at_most([(x, 1.0), (y, -1.0)], 5.0);
    unbounded.cost(y, 0.5);
    assert_eq!(unbounded.solve().unwrap_err(), Unsolved::Unbounded);

    for (lower, upper, cost, square) in [
        (1.0, 0.0, 0.0, 0.0),
        (f64::NAN, 1.0, 0.0, 0.0),
        (f64::INFINITY, f64::INFINITY, 0.0, 0.0),
        (0.0, 1.0, f64::INFINITY, 0.0),
        (0.0, 1.0, 0.0, -1.0),
    ] {
        let mut program = Program::new();
        let x = program.variable(lower, upper, cost);
        program.square(x, square);
        assert_eq!(program.solve().unwrap_err(), Unsolved::Unreadable);
    }
    let mut program = Program::new();
    let x = program.variable(0.0, 1.0, 0.0);
    program.at_most([(x, f64::NAN)], 1.0);
    assert_eq!(program.solve().unwrap_err(), Unsolved::Unreadable);
    assert_eq!(Unsolved::Infeasible.code(), "grid-infeasible");
}

#[test]
fn programs_without_variables_or_without_rows_are_answered() {
    let mut program = Program::new();
    close(program.solve().unwrap().cost(), 0.0);
    program.at_most([], 1.0);
    program.equal([], 0.0);
    close(program.solve().unwrap().cost(), 0.0);
    program.equal([], 1.0);
    assert_eq!(program.solve().unwrap_err(), Unsolved::Infeasible);

    let mut free = Program::new();
    let x = free.variable(f64::NEG_INFINITY, f64::INFINITY, 2.0);
    free.square(x, 1.0);
    let solution = free.solve().unwrap();
    close(solution.value(x), -1.0);
    close(solution.cost(), -1.0);
    let mut falling = Program::new();
    falling.variable(f64::NEG_INFINITY, f64::INFINITY, 2.0);
    assert_eq!(falling.solve().unwrap_err(), Unsolved::Unbounded);
}
