// RUN: mlc-opt %s --mlc-fuse -split-input-file | FileCheck %s

// A step of a gated recurrent layer is one kernel: the gates of a unit are in
// registers together, from the product to the next state.
// CHECK-LABEL: func @gates
// CHECK: mlc.scan 5
// CHECK-NEXT: ^bb0(%[[P:[^:]*]]: tensor<3x8xf32>, %[[S:[^:]*]]: tensor<3x2x8xf32>, %[[W:[^:]*]]: tensor<8x2x8xf32>):
// CHECK-NEXT: %[[N:.*]] = mlc.fusion contraction ".dot_general"(%[[P]], %[[W]], %[[S]]) : (tensor<3x8xf32>, tensor<8x2x8xf32>, tensor<3x2x8xf32>) -> tensor<3x8xf32> {
// CHECK: mlc.yield %[[N]] : tensor<3x8xf32>
func.func @gates(%w: tensor<8x2x8xf32>, %x: tensor<5x3x2x8xf32>, %h: tensor<3x8xf32>) -> tensor<3x8xf32> {
  %0 = mlc.scan 5 init(%h : tensor<3x8xf32>) over(%x : tensor<5x3x2x8xf32>) with(%w : tensor<8x2x8xf32>) -> tensor<3x8xf32> {
  ^bb0(%p: tensor<3x8xf32>, %s: tensor<3x2x8xf32>, %k: tensor<8x2x8xf32>):
    %1 = mlc.dot_general %p, %k batch [] x [] contract [1] x [0] : tensor<3x8xf32>, tensor<8x2x8xf32> -> tensor<3x2x8xf32>
    %2 = mlc.add %1, %s : tensor<3x2x8xf32>
    %3 = mlc.slice %2 offsets [0, 0, 0] strides [1, 1, 1] : tensor<3x2x8xf32> -> tensor<3x1x8xf32>
    %4 = mlc.reshape %3 : tensor<3x1x8xf32> -> tensor<3x8xf32>
    %5 = mlc.slice %2 offsets [0, 1, 0] strides [1, 1, 1] : tensor<3x2x8xf32> -> tensor<3x1x8xf32>
    %6 = mlc.reshape %5 : tensor<3x1x8xf32> -> tensor<3x8xf32>
    %7 = mlc.logistic %4 : tensor<3x8xf32>
    %8 = mlc.tanh %6 : tensor<3x8xf32>
    %9 = mlc.mul %7, %8 : tensor<3x8xf32>
    mlc.yield %9 : tensor<3x8xf32>
  }
  return %0 : tensor<3x8xf32>
}

// -----

// Somebody else needs all of the product: it goes through memory.
// CHECK-LABEL: func @product_needed
// CHECK: %[[Z:.*]] = mlc.fusion contraction {{.*}} -> tensor<3x2x8xf32>
// CHECK: mlc.fusion pointwise {{.*}}(%[[Z]]) : (tensor<3x2x8xf32>) -> tensor<3x8xf32>
// CHECK: mlc.slice
// CHECK: mlc.reshape
func.func @product_needed(%w: tensor<8x2x8xf32>, %p: tensor<3x8xf32>) -> (tensor<3x2x8xf32>, tensor<3x8xf32>) {
  %1 = mlc.dot_general %p, %w batch [] x [] contract [1] x [0] : tensor<3x8xf32>, tensor<8x2x8xf32> -> tensor<3x2x8xf32>
  %3 = mlc.slice %1 offsets [0, 1, 0] strides [1, 1, 1] : tensor<3x2x8xf32> -> tensor<3x1x8xf32>
  %4 = mlc.reshape %3 : tensor<3x1x8xf32> -> tensor<3x8xf32>
  %5 = mlc.tanh %4 : tensor<3x8xf32>
  return %1, %5 : tensor<3x2x8xf32>, tensor<3x8xf32>
}

// -----

// The picked dimension is one of the rows, which are broadcast: two kernels.
// CHECK-LABEL: func @picked_rows
// CHECK: mlc.fusion contraction {{.*}} -> tensor<2x3x8xf32>
// CHECK: mlc.fusion pointwise {{.*}} -> tensor<3x8xf32>
func.func @picked_rows(%w: tensor<8x8xf32>, %p: tensor<2x3x8xf32>) -> tensor<3x8xf32> {
  %1 = mlc.dot_general %p, %w batch [] x [] contract [2] x [0] : tensor<2x3x8xf32>, tensor<8x8xf32> -> tensor<2x3x8xf32>
  %3 = mlc.slice %1 offsets [1, 0, 0] strides [1, 1, 1] : tensor<2x3x8xf32> -> tensor<1x3x8xf32>
  %4 = mlc.reshape %3 : tensor<1x3x8xf32> -> tensor<3x8xf32>
  %5 = mlc.tanh %4 : tensor<3x8xf32>
  return %5 : tensor<3x8xf32>
}

// -----

// The gradient of a product whose gates were picked: computed gate by gate, and
// written once.
// CHECK-LABEL: func @stack
// CHECK-NEXT: %[[S:.*]]:2 = mlc.fusion pointwise {{.*}} -> (tensor<3x8xf32>, tensor<3x2x8xf32>) {
// CHECK: mlc.concatenate
// CHECK: mlc.yield
// CHECK: return %[[S]]#0, %[[S]]#1
func.func @stack(%x: tensor<3x8xf32>, %y: tensor<3x8xf32>) -> (tensor<3x8xf32>, tensor<3x2x8xf32>) {
  %0 = mlc.mul %x, %y : tensor<3x8xf32>
  %1 = mlc.neg %0 : tensor<3x8xf32>
  %2 = mlc.reshape %0 : tensor<3x8xf32> -> tensor<3x1x8xf32>
  %3 = mlc.reshape %1 : tensor<3x8xf32> -> tensor<3x1x8xf32>
  %4 = mlc.concatenate %2, %3 dim 1 : tensor<3x1x8xf32>, tensor<3x1x8xf32> -> tensor<3x2x8xf32>
  return %0, %4 : tensor<3x8xf32>, tensor<3x2x8xf32>
}

// -----

// The same behind a product.
// CHECK-LABEL: func @stack_of_product
// CHECK-NEXT: %[[S:.*]]:2 = mlc.fusion contraction {{.*}} -> (tensor<3x8xf32>, tensor<3x2x8xf32>) {
// CHECK: mlc.dot_general
// CHECK: mlc.concatenate
// CHECK: mlc.yield
// CHECK: return %[[S]]#0, %[[S]]#1
func.func @stack_of_product(%x: tensor<3x4xf32>, %w: tensor<4x8xf32>, %y: tensor<3x8xf32>) -> (tensor<3x8xf32>, tensor<3x2x8xf32>) {
  %p = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<3x4xf32>, tensor<4x8xf32> -> tensor<3x8xf32>
  %0 = mlc.mul %p, %y : tensor<3x8xf32>
  %1 = mlc.neg %0 : tensor<3x8xf32>
  %2 = mlc.reshape %0 : tensor<3x8xf32> -> tensor<3x1x8xf32>
  %3 = mlc.reshape %1 : tensor<3x8xf32> -> tensor<3x1x8xf32>
  %4 = mlc.concatenate %2, %3 dim 1 : tensor<3x1x8xf32>, tensor<3x1x8xf32> -> tensor<3x2x8xf32>
  return %0, %4 : tensor<3x8xf32>, tensor<3x2x8xf32>
}

// -----

// A gate that leaves the kernel as it was picked, for the way back.
// CHECK-LABEL: func @gate_kept
// CHECK-NEXT: %[[R:.*]]:2 = mlc.fusion contraction {{.*}} -> (tensor<3x8xf32>, tensor<3x8xf32>) {
// CHECK-NOT: mlc.fusion
// CHECK: return %[[R]]#0, %[[R]]#1
func.func @gate_kept(%w: tensor<8x2x8xf32>, %p: tensor<3x8xf32>) -> (tensor<3x8xf32>, tensor<3x8xf32>) {
  %1 = mlc.dot_general %p, %w batch [] x [] contract [1] x [0] : tensor<3x8xf32>, tensor<8x2x8xf32> -> tensor<3x2x8xf32>
  %2 = mlc.slice %1 offsets [0, 0, 0] strides [1, 1, 1] : tensor<3x2x8xf32> -> tensor<3x1x8xf32>
  %3 = mlc.reshape %2 : tensor<3x1x8xf32> -> tensor<3x8xf32>
  %4 = mlc.slice %1 offsets [0, 1, 0] strides [1, 1, 1] : tensor<3x2x8xf32> -> tensor<3x1x8xf32>
  %5 = mlc.reshape %4 : tensor<3x1x8xf32> -> tensor<3x8xf32>
  %6 = mlc.mul %3, %5 : tensor<3x8xf32>
  return %5, %6 : tensor<3x8xf32>, tensor<3x8xf32>
}

// -----

// Two stacks with a piece in common.
// CHECK-LABEL: func @stacks
// CHECK-NEXT: %[[S:.*]]:2 = mlc.fusion pointwise {{.*}} -> (tensor<3x2x8xf32>, tensor<3x2x8xf32>) {
// CHECK: mlc.concatenate
// CHECK: mlc.concatenate
// CHECK: return %[[S]]#0, %[[S]]#1
func.func @stacks(%x: tensor<3x8xf32>, %y: tensor<3x8xf32>) -> (tensor<3x2x8xf32>, tensor<3x2x8xf32>) {
  %0 = mlc.mul %x, %y : tensor<3x8xf32>
  %1 = mlc.neg %0 : tensor<3x8xf32>
  %2 = mlc.abs %0 : tensor<3x8xf32>
  %3 = mlc.reshape %0 : tensor<3x8xf32> -> tensor<3x1x8xf32>
  %4 = mlc.reshape %1 : tensor<3x8xf32> -> tensor<3x1x8xf32>
  %5 = mlc.reshape %2 : tensor<3x8xf32> -> tensor<3x1x8xf32>
  %6 = mlc.concatenate %3, %4 dim 1 : tensor<3x1x8xf32>, tensor<3x1x8xf32> -> tensor<3x2x8xf32>
  %7 = mlc.concatenate %3, %5 dim 1 : tensor<3x1x8xf32>, tensor<3x1x8xf32> -> tensor<3x2x8xf32>
  return %6, %7 : tensor<3x2x8xf32>, tensor<3x2x8xf32>
}
