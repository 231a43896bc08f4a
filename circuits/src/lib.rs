//! The relations of Veilgrid as Groth16 circuits: gadgets, keys, proving, verifying, batching.
