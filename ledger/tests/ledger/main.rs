//! The ledger from outside: every cell of the stage tables, every refusal, execution, blocks, the node and its store.

mod blocks;
mod cells;
mod execution;
mod groth16;
mod node;
mod refusals;
mod world;
