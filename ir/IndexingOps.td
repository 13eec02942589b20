//===-- IndexingOps.td - rows of tables, by number ---------*- tablegen -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_INDEXING_OPS_TD
#define MLC_INDEXING_OPS_TD

def Mlc_GatherOp : Mlc_MoveOp<"gather", [AllElementTypesMatch<["table", "result"]>, Differentiable]> {
  let summary = "rows of a table";
  let description = [{
    `result[i ..., j ...] = table[ids[i ...], j ...]`. Ids must be in the
    table's first dimension: who makes the op has checked or clamped them.
  }];
  let arguments = (ins Mlc_Tensor:$table, Mlc_IntTensor:$ids);
  let results = (outs Mlc_Tensor:$result);
  let assemblyFormat = "$table `,` $ids attr-dict `:` type($table) `,` type($ids) `->` type($result)";
  let hasVerifier = 1;
}

def Mlc_ScatterAddOp : Mlc_PureOp<"scatter_add", [AllTypesMatch<["table", "result"]>,
                                                  AllElementTypesMatch<["table", "updates"]>, Differentiable]> {
  let summary = "adds to rows of a table";
  let description = [{
    `result = table`, then `result[ids[i ...], j ...] += updates[i ..., j ...]`
    in the order of i. Ids as for `gather`.
  }];
  let arguments = (ins Mlc_FloatTensor:$table, Mlc_IntTensor:$ids, Mlc_FloatTensor:$updates);
  let results = (outs Mlc_FloatTensor:$result);
  let assemblyFormat = "$table `,` $ids `,` $updates attr-dict `:` type($table) `,` type($ids) `,` type($updates)";
  let hasVerifier = 1;
}

def Mlc_ReverseOp : Mlc_MoveOp<"reverse", [SameOperandsAndResultType, Differentiable]> {
  let summary = "the elements in the opposite order along some dimensions";
  let arguments = (ins Mlc_Tensor:$operand, DenseI64ArrayAttr:$dimensions);
  let results = (outs Mlc_Tensor:$result);
  let assemblyFormat = "$operand `dims` $dimensions attr-dict `:` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // MLC_INDEXING_OPS_TD
