//! Verifying keys by relation: written with the pins, see `pins.rs`.

pub(super) const TABLE: &[(&str, &[u8])] = &[
    ("sell-plan", include_bytes!("sell-plan.vk")),
    ("buy-plan", include_bytes!("buy-plan.vk")),
    ("confirm-sell", include_bytes!("confirm-sell.vk")),
    ("confirm-buy", include_bytes!("confirm-buy.vk")),
    ("settle-buy", include_bytes!("settle-buy.vk")),
    ("settle-sell", include_bytes!("settle-sell.vk")),
    ("release", include_bytes!("release.vk")),
    ("merge", include_bytes!("merge.vk")),
    ("surplus", include_bytes!("surplus.vk")),
    ("withdraw", include_bytes!("withdraw.vk")),
    ("deposit", include_bytes!("deposit.vk")),
    ("issue", include_bytes!("issue.vk")),
    ("deliver", include_bytes!("deliver.vk")),
    ("void", include_bytes!("void.vk")),
    ("refuse", include_bytes!("refuse.vk")),
    ("shortfall", include_bytes!("shortfall.vk")),
    ("metered", include_bytes!("metered.vk")),
    ("sell-ciphertext", include_bytes!("sell-ciphertext.vk")),
    ("buy-ciphertext", include_bytes!("buy-ciphertext.vk")),
];
