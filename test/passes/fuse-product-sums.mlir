// RUN: mlc-opt %s --mlc-split-reductions --mlc-fuse -split-input-file | FileCheck %s

// The gradients of a weight and of a bias, and their updates, are one kernel.
// CHECK-LABEL: func @dense
// CHECK-NEXT: %[[F:.*]]:2 = mlc.fusion contraction ".dot_general"(%arg0, %arg1, %arg2, %arg3) {{.*}} -> (tensor<12x16xf32>, tensor<16xf32>) {
// CHECK: mlc.dot_general
// CHECK: mlc.reduce add
// CHECK: return %[[F]]#0, %[[F]]#1
func.func @dense(%x: tensor<64x128x12xf32>, %g: tensor<64x128x16xf32>, %w: tensor<12x16xf32>, %b: tensor<16xf32>)
    -> (tensor<12x16xf32>, tensor<16xf32>) {
  %0 = mlc.dot_general %x, %g batch [] x [] contract [0, 1] x [0, 1] : tensor<64x128x12xf32>, tensor<64x128x16xf32> -> tensor<12x16xf32>
  %1 = mlc.sub %w, %0 : tensor<12x16xf32>
  %2 = mlc.reduce add %g dims [0, 1] : tensor<64x128x16xf32> -> tensor<16xf32>
  %3 = mlc.sub %b, %2 : tensor<16xf32>
  return %1, %3 : tensor<12x16xf32>, tensor<16xf32>
}

// -----

// One of two products has it.
// CHECK-LABEL: func @two_products
// CHECK: mlc.fusion contraction {{.*}} -> tensor<3x16xf32> {
// CHECK: mlc.fusion contraction {{.*}} -> (tensor<12x16xf32>, tensor<16xf32>) {
// CHECK-NOT: mlc.fusion
func.func @two_products(%x: tensor<8x12xf32>, %y: tensor<8x3xf32>, %g: tensor<8x16xf32>)
    -> (tensor<12x16xf32>, tensor<3x16xf32>, tensor<16xf32>) {
  %0 = mlc.dot_general %x, %g batch [] x [] contract [0] x [0] : tensor<8x12xf32>, tensor<8x16xf32> -> tensor<12x16xf32>
  %1 = mlc.dot_general %y, %g batch [] x [] contract [0] x [0] : tensor<8x3xf32>, tensor<8x16xf32> -> tensor<3x16xf32>
  %2 = mlc.reduce add %g dims [0] : tensor<8x16xf32> -> tensor<16xf32>
  return %0, %1, %2 : tensor<12x16xf32>, tensor<3x16xf32>, tensor<16xf32>
}

// -----

// Sums of something else, of other dimensions, or that the product depends on.
// CHECK-LABEL: func @others
// CHECK-COUNT-3: mlc.fusion column
func.func @others(%x: tensor<8x12xf32>, %g: tensor<8x16xf32>, %h: tensor<16x16xf32>, %y: tensor<8x16xf32>)
    -> (tensor<12x16xf32>, tensor<16xf32>, tensor<16x16xf32>, tensor<16xf32>, tensor<12x16xf32>) {
  %0 = mlc.dot_general %x, %g batch [] x [] contract [0] x [0] : tensor<8x12xf32>, tensor<8x16xf32> -> tensor<12x16xf32>
  %1 = mlc.mul %g, %g : tensor<8x16xf32>
  %2 = mlc.reduce add %1 dims [0] : tensor<8x16xf32> -> tensor<16xf32>
  %3 = mlc.dot_general %g, %h batch [] x [] contract [1] x [1] : tensor<8x16xf32>, tensor<16x16xf32> -> tensor<8x16xf32>
  %4 = mlc.dot_general %g, %3 batch [] x [] contract [0] x [0] : tensor<8x16xf32>, tensor<8x16xf32> -> tensor<16x16xf32>
  %5 = mlc.reduce add %h dims [0] : tensor<16x16xf32> -> tensor<16xf32>
  %6 = mlc.reduce add %y dims [0] : tensor<8x16xf32> -> tensor<16xf32>
  %7 = mlc.broadcast %6 dims [1] : tensor<16xf32> -> tensor<8x16xf32>
  %8 = mlc.broadcast %6 dims [1] : tensor<16xf32> -> tensor<12x16xf32>
  %9 = mlc.dot_general %x, %y batch [] x [] contract [0] x [0] : tensor<8x12xf32>, tensor<8x16xf32> -> tensor<12x16xf32>
  %10 = mlc.add %9, %8 : tensor<12x16xf32>
  return %0, %2, %4, %5, %10 : tensor<12x16xf32>, tensor<16xf32>, tensor<16x16xf32>, tensor<16xf32>, tensor<12x16xf32>
}

// -----

// A product of rounded factors has no panel of the floats that are summed.
// CHECK-LABEL: func @bfloat16
// CHECK: mlc.fusion column
func.func @bfloat16(%x: tensor<8x12xf32>, %g: tensor<8x16xf32>) -> (tensor<12x16xf32>, tensor<16xf32>) {
  %0 = mlc.dot_general %x, %g batch [] x [] contract [0] x [0] {bfloat16} : tensor<8x12xf32>, tensor<8x16xf32> -> tensor<12x16xf32>
  %1 = mlc.reduce add %g dims [0] : tensor<8x16xf32> -> tensor<16xf32>
  return %0, %1 : tensor<12x16xf32>, tensor<16xf32>
}
