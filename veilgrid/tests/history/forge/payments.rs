//! Transactions that move money without a trade: merges, payments from and to the grid,
//! withdrawals.

use super::household::BalanceInput;
use super::*;
use protocol::elgamal::{encrypt, Role};
use protocol::keys::TraceKind;
use protocol::record::balance::Balance;
use protocol::record::generation::Generation;
use protocol::record::metered::Sign;
use protocol::relation as r;
use protocol::relation::withdraw::PayeeDigest;
use protocol::transaction::body::*;

impl Forge {
    pub(super) fn merge(
        &mut self,
        tx: &Tx,
        who: Who,
        anchor: u64,
        money: bool,
        records: [Option<Name>; 2],
    ) -> Transaction {
        let leaf = |name: Name| self.openings.leaves[&name].clone();
        let kind = records.iter().flatten().find_map(|name| match leaf(*name).opening {
            Opening::Generation(g) if !money => Some((g.energy_type, g.cycle, g.meter)),
            _ => None,
        });
        let (energy_type, at, meter) = kind.unwrap_or_default();
        let (owner, nullifying) = (self.owner(tx, who), self.households[who].owner.clone());
        let record = |this: &mut Self, name: Option<Name>| {
            let (value, blinding, placed) = match name.map(|name| this.openings.leaves[&name].clone()) {
                Some(Leaf { opening: Opening::Balance(b), placed, .. }) => (b.amount, b.blinding, placed),
                Some(Leaf { opening: Opening::Generation(g), placed, .. }) => (g.volume, g.blinding, placed),
                _ => (Fr::from(0u64), this.fr(), None),
            };
            (value, blinding, placed)
        };
        let made = |amount: Fr, blinding: Fr| {
            let owner = nullifying.address();
            match money {
                true => Opening::Balance(Balance { amount, owner, blinding }),
                false => {
                    Opening::Generation(Generation { volume: amount, energy_type, cycle: at, owner, meter, blinding })
                }
            }
        };
        let inputs = records.map(|name| {
            let (value, blinding, placed) = record(self, name);
            let opening = made(value, blinding);
            let commitment = name.map_or_else(|| opening.commitment(), |n| self.openings.leaves[&n].commitment);
            let (path, nullifier) = self.spend(&Leaf { opening, commitment, owner: who, placed }, &nullifying, anchor);
            (r::merge::MergeInput { value, blinding, path }, nullifier)
        });
        let blinding = self.fr();
        let sum = inputs[0].0.value + inputs[1].0.value;
        let record = self.keep(tx.name, who, made(sum + Self::extra(tx), blinding));
        let (root, nullifiers) = (self.root(anchor), [inputs[0].1, inputs[1].1]);
        let records = inputs.map(|(input, _)| input);
        self.proved(tx, Body::Merge(Merge { root, nullifiers, record, memo: NOTE }), |binding| {
            let statement = r::merge::Merge { root, nullifiers, record, binding };
            let witness =
                r::merge::MergeWitness { owner, is_balance: money, energy_type, cycle: at, meter, records, blinding };
            Claim::Merge(statement, witness)
        })
    }

    pub(super) fn surplus(&mut self, model: &Model, tx: &Tx) -> Transaction {
        let Action::Surplus { owner: who, anchor, epoch: e, cycle: c, rest, credential, purse } = tx.action else {
            panic!("a surplus")
        };
        let sign = rest_sign(model, rest);
        let terms = market(model.cycles.get(&c).map_or(0, |x| x.terms));
        let (owner, tariff) = (self.owner(tx, who), sign.tariff(&terms));
        let leaf = self.openings.leaves[&rest].clone();
        let (metered_path, nullifier_metered) = self.spend(&leaf, &self.households[who].owner, anchor);
        let Opening::Metered(metered) = leaf.opening.clone() else { panic!("a rest") };
        let (shown, tag) = self.show(credential, who, anchor, e, (TraceKind::Surplus, sign.counter()), c);
        let BalanceInput(balance, balance_path, nullifier_balance) = self.balance_input(purse, who, anchor);
        let (new_blinding, ephemeral, audit_key) = (self.fr(), self.ephemeral(), self.genesis.audit_key.point());
        let (address, paid) = (balance.owner, metered.volume * Fr::from(tariff.get()));
        let amount = balance.amount + paid + Self::extra(tx);
        let new = self.keep(tx.name, who, Opening::Balance(Balance { amount, owner: address, blinding: new_blinding }));
        let audit =
            encrypt(Role::Audit, &audit_key, nullifier_metered.0, &ephemeral.e, &[address, paid, leaf.commitment.0]);
        let (root, c1, epoch, cycle, balance_new) = (self.root(anchor), ephemeral.point(), epoch(e), cycle(c), new);
        let body = Surplus {
            root,
            epoch,
            cycle,
            sign,
            nullifier_metered,
            nullifier_balance,
            balance: new,
            tag,
            c1,
            audit,
            memo: NOTE,
        };
        let transaction = self.proved(tx, Body::Surplus(body), |binding| {
            let statement = r::surplus::Surplus {
                root,
                epoch,
                nullifier_metered,
                nullifier_balance,
                balance: balance_new,
                sign,
                tariff,
                cycle,
                tag,
                audit_key,
                c1,
                audit,
                binding,
            };
            let witness = r::surplus::SurplusWitness {
                owner,
                metered,
                metered_path,
                shown,
                balance,
                balance_path,
                new_blinding,
                ephemeral,
            };
            Claim::Surplus(statement, witness)
        });
        let paid = model.value(Some(rest)) * tariff.get();
        self.announce(&transaction, Some(Flow::In(Money::new(paid).unwrap())));
        transaction
    }

    pub(super) fn shortfall(&mut self, model: &Model, tx: &Tx) -> Transaction {
        let Action::Shortfall { owner: who, anchor, epoch: e, rest, credential, purse } = tx.action else {
            panic!("a shortfall")
        };
        let leaf = self.openings.leaves[&rest].clone();
        let Opening::Metered(metered) = leaf.opening else { panic!("a rest") };
        let owed = match tx.action {
            Action::Shortfall { rest, .. } => model.records.get(&rest).map(|r| r.worth),
            _ => None,
        };
        let c = match owed {
            Some(Worth::Rest { cycle, .. }) => cycle,
            _ => 0,
        };
        let sign = rest_sign(model, rest);
        let terms = market(model.cycles.get(&c).map_or(0, |x| x.terms));
        let (owner, tariff) = (self.owner(tx, who), sign.tariff(&terms));
        let (shown, tag) = self.show(credential, who, anchor, e, (TraceKind::Shortfall, sign.counter()), c);
        let BalanceInput(balance, balance_path, nullifier) = self.balance_input(Some(purse), who, anchor);
        let (new_blinding, ephemeral, audit_key) = (self.fr(), self.ephemeral(), self.genesis.audit_key.point());
        let (address, paid) = (balance.owner, metered.volume * Fr::from(tariff.get()));
        let amount = balance.amount - paid + Self::extra(tx);
        let new = self.keep(tx.name, who, Opening::Balance(Balance { amount, owner: address, blinding: new_blinding }));
        let audit = encrypt(Role::Audit, &audit_key, nullifier.0, &ephemeral.e, &[address, paid, leaf.commitment.0]);
        let (obligation, root, c1, epoch) = (leaf.commitment, self.root(anchor), ephemeral.point(), epoch(e));
        let body = Shortfall { obligation, root, epoch, nullifier, balance: new, tag, c1, audit, memo: NOTE };
        let transaction = self.proved(tx, Body::Shortfall(body), |binding| {
            let statement = r::shortfall::Shortfall {
                obligation,
                root,
                epoch,
                nullifier,
                balance: new,
                sign,
                tariff,
                cycle: cycle(c),
                tag,
                audit_key,
                c1,
                audit,
                binding,
            };
            let witness = r::shortfall::ShortfallWitness {
                owner,
                metered,
                shown,
                balance,
                balance_path,
                new_blinding,
                ephemeral,
            };
            Claim::Shortfall(statement, witness)
        });
        let paid = model.value(Some(rest)) * tariff.get();
        self.announce(&transaction, Some(Flow::Out(Money::new(paid).unwrap())));
        transaction
    }

    pub(super) fn withdraw(&mut self, tx: &Tx) -> Transaction {
        let Action::Withdraw { owner: who, anchor, epoch: e, current, tag: n, desk, amount, credential, purse } =
            tx.action
        else {
            panic!("a withdrawal")
        };
        let (owner, amount) = (self.owner(tx, who), Money::new(amount).unwrap());
        let (shown, tag) = self.show(credential, who, anchor, e, (TraceKind::Withdraw, n), current);
        let BalanceInput(balance, balance_path, nullifier) = self.balance_input(Some(purse), who, anchor);
        let (new_blinding, ephemeral, audit_key) = (self.fr(), self.ephemeral(), self.genesis.audit_key.point());
        let (address, paid) = (balance.owner, Fr::from(amount.get()));
        let rest = balance.amount - paid + Self::extra(tx);
        let rest = Opening::Balance(Balance { amount: rest, owner: address, blinding: new_blinding });
        let new = self.keep(tx.name, who, rest);
        let audit = encrypt(Role::Audit, &audit_key, nullifier.0, &ephemeral.e, &[address, paid]);
        let (root, c1, current, epoch) = (self.root(anchor), ephemeral.point(), epoch(current), epoch(e));
        let (desk, payee) = (issuer(desk), PayeeDigest::of(issuer(desk), &[6; 32], &[who as u8]));
        let body =
            Withdraw { desk, root, epoch, current, nullifier, balance: new, amount, payee, tag, c1, audit, memo: NOTE };
        let mut transaction = self.proved(tx, Body::Withdraw(body), |binding| {
            let balance_new = new;
            let statement = r::withdraw::Withdraw {
                root,
                epoch,
                current,
                nullifier,
                balance: balance_new,
                amount,
                payee,
                tag,
                audit_key,
                c1,
                audit,
                binding,
            };
            let witness = r::withdraw::WithdrawWitness { owner, balance, balance_path, shown, new_blinding, ephemeral };
            Claim::Withdraw(statement, witness)
        });
        if let (Flaw::Altered, Body::Withdraw(b)) = (tx.flaw, &mut transaction.body) {
            b.amount = Money::new(amount.get().wrapping_add(1)).unwrap();
        }
        self.announce(&transaction, Some(Flow::Out(amount)));
        transaction
    }
}

/// The sign of a metered record.
fn rest_sign(model: &Model, rest: Name) -> Sign {
    match model.records.get(&rest).map(|r| r.worth) {
        Some(Worth::Rest { sign, .. }) => sign,
        _ => Sign::Surplus,
    }
}
