"""OpenFHE's BGV from its Python wheel, packed as Veilgrid packs: as many offers' blocks in one ciphertext as the ring has room for,
one product with a bid's ciphertext, no relinearisation, no change of modulus. The ring is the library's own choice for one product
at 128 bits of security.

Reads what `veilgrid-peers plans N` writes; prints `NAME VERSION<tab>pairs<tab>seconds of processor time`. Every result is held to
the score that comes with the plans.
"""

import sys
import time
from importlib.metadata import version

import openfhe

BLOCK = 64
# An ask above the limit shows as a score of at least this (fhe_matcher::plaintext).
BIG = 1 << 19
# A prime above twice the greatest score, 1 modulo 2 x 16384, as the library asks for.
PLAINTEXT_MODULUS = 4_423_681


def read(lines):
    rows = {"offer": [], "bid": [], "scores": []}
    for line in lines:
        name, *values = line.split()
        rows[name].append([int(value) for value in values])
    return rows["offer"], rows["bid"], rows["scores"]


def main():
    offers, bids, scores = read(sys.stdin)
    parameters = openfhe.CCParamsBGVRNS()
    parameters.SetPlaintextModulus(PLAINTEXT_MODULUS)
    parameters.SetMultiplicativeDepth(1)
    parameters.SetScalingTechnique(openfhe.FIXEDMANUAL)
    context = openfhe.GenCryptoContext(parameters)
    for feature in (openfhe.PKE, openfhe.LEVELEDSHE):
        context.Enable(feature)
    keys = context.KeyGen()

    def encrypt(coefficients):
        return context.Encrypt(keys.publicKey, context.MakeCoefPackedPlaintext(coefficients))

    # Each offer is encrypted in its place: to shift a ciphertext would take the library another level.
    in_a_pack = context.GetRingDimension() // BLOCK
    packs = []
    for i, offer in enumerate(offers):
        encrypted = encrypt([0] * (BLOCK * (i % in_a_pack)) + offer)
        if i % in_a_pack == 0:
            packs.append(encrypted)
        else:
            packs[-1] = context.EvalAdd(packs[-1], encrypted)
    encrypted = [encrypt(bid) for bid in bids]
    context.EvalMultNoRelin(packs[0], encrypted[0])

    start = time.process_time()
    products = [[context.EvalMultNoRelin(pack, bid) for pack in packs] for bid in encrypted]
    seconds = time.process_time() - start

    for of_bid, expected in zip(products, scores):
        values = []
        for product in of_bid:
            values += context.Decrypt(product, keys.secretKey).GetCoefPackedValue()
        for i, score in enumerate(expected):
            value = values[BLOCK * i + BLOCK - 1]
            if not (value == score if score >= 0 else value >= BIG):
                sys.exit(f"openfhe: {value} is not the score of offer {i}")
    name = f"openfhe {version('openfhe')} (BGV, N = {context.GetRingDimension()})"
    print(name, len(bids) * len(offers), seconds, sep="\t")


main()
