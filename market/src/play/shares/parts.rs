//! Parts of a whole in whole numbers, which sum exactly.

use crate::description::Coefficient;

/// Divides `whole` in proportion to weights. Each part is the floor of its quota; what is left goes
/// to the largest remainders, one each, equal ones to the earlier. The parts sum to `whole`, and a
/// part is at most its weight where `whole` is at most the sum of the weights. Without any weight
/// all parts are zero.
pub(super) fn in_proportion(whole: u64, weights: &[u64]) -> Vec<u64> {
    let sum: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    divide(whole.into(), weights, sum, whole.into())
}

/// Divides what coefficients in millionths entitle to, of `whole`: the parts sum to the floor of
/// `whole` times the coefficients' sum.
pub(super) fn by_coefficients(whole: u64, coefficients: &[u64]) -> Vec<u64> {
    let sum: u128 = coefficients.iter().map(|coefficient| u128::from(*coefficient)).sum();
    let one = u128::from(Coefficient::ONE);
    divide(whole.into(), coefficients, one, u128::from(whole) * sum / one)
}

/// Parts `whole * weight / of`, rounded so that they sum to `total`.
fn divide(whole: u128, weights: &[u64], of: u128, total: u128) -> Vec<u64> {
    if of == 0 {
        return vec![0; weights.len()];
    }
    let quota = |weight: &u64| whole * u128::from(*weight);
    let mut parts: Vec<u64> = weights.iter().map(|weight| (quota(weight) / of) as u64).collect();
    let given: u128 = parts.iter().map(|part| u128::from(*part)).sum();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|place| std::cmp::Reverse(quota(&weights[*place]) % of));
    for place in order.into_iter().take((total - given) as usize) {
        parts[place] += 1;
    }
    parts
}

/// Pairs what is sold with what is bought, both of the same sum, by the north-west corner rule: the
/// first seller serves the first buyer as far as both go, and so on. So there are at most
/// sellers + buyers - 1 pairs.
pub(super) fn pairs(sold: &[u64], bought: &[u64]) -> Vec<(usize, usize, u64)> {
    let (mut seller, mut buyer) = (0, 0);
    let (mut sold_left, mut bought_left) = (sold.to_vec(), bought.to_vec());
    let mut pairs = Vec::new();
    while seller < sold.len() && buyer < bought.len() {
        let energy = sold_left[seller].min(bought_left[buyer]);
        if energy > 0 {
            pairs.push((seller, buyer, energy));
        }
        sold_left[seller] -= energy;
        bought_left[buyer] -= energy;
        match sold_left[seller] {
            0 => seller += 1,
            _ => buyer += 1,
        }
    }
    pairs
}
