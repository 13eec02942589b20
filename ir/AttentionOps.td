//===-- AttentionOps.td - attention without its scores -----*- tablegen -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_ATTENTION_OPS_TD
#define MLC_ATTENTION_OPS_TD

def Mlc_AttentionOp : Mlc_PureOp<"attention", [Differentiable]> {
  let summary = "scaled dot-product attention";
  let description = [{
    For each row b and head h, with scores s[t, u] = scale * query[b, t, h] .
    key[b, u, h / share]:

      output[b, t, h] = sum over u of softmax(s[t])[u] * value[b, u, h / share]
      logsumexp[b, h, t] = log of the sum over u of e^s[t, u]

    over those u that `mask` (boolean; (b or 1, heads or 1, t or 1, u)) allows, and with
    `causal` only u <= t. A row that allows nothing attends to all u evenly, as
    in Keras. Query, output are (batch, t, heads, size), key, value
    (batch, u, heads / share, size). The scores are never in memory as a whole.
    With `bfloat16` query, key and value are rounded to the nearest bfloat16
    first, and so may be what products are made of on the way.
  }];
  let arguments = (ins Mlc_FloatTensor:$query, Mlc_FloatTensor:$key, Mlc_FloatTensor:$value,
                       Optional<Mlc_BoolTensor>:$mask, F64Attr:$scale, UnitAttr:$causal,
                       UnitAttr:$bfloat16);
  let results = (outs Mlc_FloatTensor:$output, Mlc_FloatTensor:$logsumexp);
  let assemblyFormat = [{$query `,` $key `,` $value (`mask` $mask^ `:` type($mask))? `scale` $scale
    (`causal` $causal^)? attr-dict
    `:` type($query) `,` type($key) `,` type($value) `->` type($output) `,` type($logsumexp)}];
  let hasVerifier = 1;
}

def Mlc_AttentionGradientOp : Mlc_PureOp<"attention_gradient", [Differentiable]> {
  let summary = "the gradient of attention by query, key and value";
  let description = [{
    With the probabilities p = e^(s - logsumexp), which are computed again, and
    the output's `cotangent`, for each row b, head h and its key head:

      d[t, u] = p[t, u] * (cotangent[t] . value[u] - delta[t])
      dquery[t] = scale * sum over u of d[t, u] * key[u]
      dkey[u]   = scale * sum over t, heads that share u of d[t, u] * query[t]
      dvalue[u] = sum over t, heads that share u of p[t, u] * cotangent[t]

    `delta` (batch, t, heads) is the sum of cotangent * output over the size,
    less the cotangent of logsumexp where it has one. `bfloat16`: as in
    attention, the cotangent too.
  }];
  let arguments = (ins Mlc_FloatTensor:$query, Mlc_FloatTensor:$key, Mlc_FloatTensor:$value,
                       Mlc_FloatTensor:$logsumexp, Mlc_FloatTensor:$delta,
                       Mlc_FloatTensor:$cotangent, Optional<Mlc_BoolTensor>:$mask,
                       F64Attr:$scale, UnitAttr:$causal,
                       UnitAttr:$bfloat16);
  let results = (outs Mlc_FloatTensor:$queryGradient, Mlc_FloatTensor:$keyGradient,
                      Mlc_FloatTensor:$valueGradient);
  let assemblyFormat = [{$query `,` $key `,` $value `logsumexp` $logsumexp `delta` $delta
    `cotangent` $cotangent (`mask` $mask^ `:` type($mask))? `scale` $scale (`causal` $causal^)? attr-dict
    `:` type($query) `,` type($key) `,` type($value) `,` type($logsumexp) `,` type($delta) `,`
    type($cotangent) `->` type($queryGradient) `,` type($keyGradient) `,` type($valueGradient)}];
  let hasVerifier = 1;
}

#endif // MLC_ATTENTION_OPS_TD
