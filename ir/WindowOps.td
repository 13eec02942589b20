//===-- WindowOps.td - convolutions and pooling ------------*- tablegen -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_WINDOW_OPS_TD
#define MLC_WINDOW_OPS_TD

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

/// The three ops compute one sum of products in which each makes another of
/// three tensors, and are each other's gradients:
///
///   output[n, o, c] += input[n, o * stride + k * dilation - low, d]
///                      * filter[k, d, c]
///
/// for spatial positions o and k (one or more dimensions), wherever the input
/// has such an element. `input` is (batch, spatial ..., channels), `filter`
/// (spatial ..., channels / groups, filters), `output` (batch, spatial ...,
/// filters). Group g joins the g-th part of the channels with the g-th part of
/// the filters. `bfloat16`: see dot_general.
class Mlc_ConvolutionFamilyOp<string mnemonic, string input, string filter, string output>
    : Mlc_PureOp<mnemonic, [SameOperandsAndResultElementType, Differentiable]> {
  let arguments = (ins Mlc_FloatTensor:$lhs, Mlc_FloatTensor:$rhs,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$low,
                       DenseI64ArrayAttr:$dilations, I64Attr:$groups, UnitAttr:$bfloat16);
  let results = (outs Mlc_FloatTensor:$result);
  let assemblyFormat = [{$lhs `,` $rhs `strides` $strides `low` $low
    `dilations` $dilations `groups` $groups attr-dict
    `:` type($lhs) `,` type($rhs) `->` type($result)}];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::Value getInput() { return }] # input # [{; }
    ::mlir::Value getFilter() { return }] # filter # [{; }
    ::mlir::Value getOutput() { return }] # output # [{; }
    ::mlc::ConvolutionWindow getWindow() {
      return {::mlc::Sizes(getStrides()), ::mlc::Sizes(getLow()),
              ::mlc::Sizes(getDilations()), static_cast<int64_t>(getGroups())};
    }
  }];
}

def Mlc_ConvolutionOp : Mlc_ConvolutionFamilyOp<"convolution", "getLhs()", "getRhs()", "getResult()"> {
  let summary = "output of an input and a filter";
  let hasCanonicalizer = 1;
}
def Mlc_ConvolutionInputOp : Mlc_ConvolutionFamilyOp<"convolution_input", "getResult()", "getRhs()", "getLhs()"> {
  let summary = "input's gradient from the output's and a filter; a transposed convolution";
}
def Mlc_ConvolutionFilterOp : Mlc_ConvolutionFamilyOp<"convolution_filter", "getLhs()", "getResult()", "getRhs()"> {
  let summary = "filter's gradient from an input and the output's";
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// Windows of `window` elements that start at o * strides - low for each
/// element o of the windowed shape, in every dimension. What lies outside of
/// the full shape is left out.
class Mlc_WindowOp<string mnemonic> : Mlc_PureOp<mnemonic, [SameOperandsAndResultElementType, Differentiable]> {
  let results = (outs Mlc_FloatTensor:$result);
  let hasVerifier = 1;
}

def Mlc_ReduceWindowOp : Mlc_WindowOp<"reduce_window"> {
  let summary = "combines the elements of each window";
  let arguments = (ins Mlc_ReduceKindAttr:$kind, Mlc_FloatTensor:$operand,
                       DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$low);
  let assemblyFormat = [{`` $kind $operand `window` $window `strides` $strides `low` $low
    attr-dict `:` type($operand) `->` type($result)}];
}

def Mlc_SpreadWindowOp : Mlc_WindowOp<"spread_window"> {
  let summary = "adds each element to all places of its window: the gradient of reduce_window add";
  let arguments = (ins Mlc_FloatTensor:$operand,
                       DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$low);
  let assemblyFormat = [{$operand `window` $window `strides` $strides `low` $low
    attr-dict `:` type($operand) `->` type($result)}];
}

def Mlc_SelectWindowOp : Mlc_WindowOp<"select_window"> {
  let summary = "adds each element to the place of its window where `keys` has its first extremum: "
                "the gradient of reduce_window max and min";
  let arguments = (ins Mlc_ReduceKindAttr:$kind, Mlc_FloatTensor:$keys, Mlc_FloatTensor:$operand,
                       DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$low);
  let assemblyFormat = [{`` $kind $keys `,` $operand `window` $window `strides` $strides `low` $low
    attr-dict `:` type($keys) `,` type($operand) `->` type($result)}];
}

def Mlc_PickWindowOp : Mlc_WindowOp<"pick_window"> {
  let summary = "the element of each window where `keys` has its first extremum: "
                "the gradient of select_window";
  let arguments = (ins Mlc_ReduceKindAttr:$kind, Mlc_FloatTensor:$keys, Mlc_FloatTensor:$operand,
                       DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$low);
  let assemblyFormat = [{`` $kind $keys `,` $operand `window` $window `strides` $strides `low` $low
    attr-dict `:` type($keys) `,` type($operand) `->` type($result)}];
}

#endif // MLC_WINDOW_OPS_TD
