// RUN: mlc-opt %s --mlc-split-reductions | FileCheck %s

// Few columns of a large tensor: threads share the sums along the first of the
// reduced dimensions.
// CHECK-LABEL: func @statistics
// CHECK: %[[P:.*]] = mlc.reduce add %arg0 dims [1, 2] : tensor<32x32x32x16xf32> -> tensor<32x16xf32>
// CHECK: %[[S:.*]] = mlc.reduce add %[[P]] dims [0] : tensor<32x16xf32> -> tensor<16xf32>
// CHECK: return %[[S]]
func.func @statistics(%x: tensor<32x32x32x16xf32>) -> tensor<16xf32> {
  %0 = mlc.reduce add %x dims [0, 1, 2] : tensor<32x32x32x16xf32> -> tensor<16xf32>
  return %0 : tensor<16xf32>
}

// What is kept before the first reduced dimension stays where it is.
// CHECK-LABEL: func @inner
// CHECK: %[[P:.*]] = mlc.reduce max %arg0 dims [2] : tensor<2x32x1024x16xf32> -> tensor<2x32x16xf32>
// CHECK: mlc.reduce max %[[P]] dims [1] : tensor<2x32x16xf32> -> tensor<2x16xf32>
func.func @inner(%x: tensor<2x32x1024x16xf32>) -> tensor<2x16xf32> {
  %0 = mlc.reduce max %x dims [1, 2] : tensor<2x32x1024x16xf32> -> tensor<2x16xf32>
  return %0 : tensor<2x16xf32>
}

// Small tensors, many columns, rows, and one reduced dimension stay.
// CHECK-LABEL: func @stays
// CHECK: mlc.reduce add %arg0 dims [0, 1]
// CHECK: mlc.reduce add %arg1 dims [0, 1]
// CHECK: mlc.reduce add %arg2 dims [0, 1]
// CHECK: mlc.reduce add %arg3 dims [0]
// CHECK-NOT: mlc.reduce
func.func @stays(%a: tensor<32x8x16xf32>, %b: tensor<32x64x2048xf32>,
                 %c: tensor<512x1024xf32>, %d: tensor<32768x16xf32>)
    -> (tensor<16xf32>, tensor<2048xf32>, tensor<f32>, tensor<16xf32>) {
  %0 = mlc.reduce add %a dims [0, 1] : tensor<32x8x16xf32> -> tensor<16xf32>
  %1 = mlc.reduce add %b dims [0, 1] : tensor<32x64x2048xf32> -> tensor<2048xf32>
  %2 = mlc.reduce add %c dims [0, 1] : tensor<512x1024xf32> -> tensor<f32>
  %3 = mlc.reduce add %d dims [0] : tensor<32768x16xf32> -> tensor<16xf32>
  return %0, %1, %2, %3 : tensor<16xf32>, tensor<2048xf32>, tensor<f32>, tensor<16xf32>
}
