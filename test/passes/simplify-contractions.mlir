// RUN: mlc-opt %s --mlc-simplify -split-input-file | FileCheck %s

// The result is smaller than the operand: it is transposed instead.
// CHECK-LABEL: func @smaller_result
// CHECK-SAME: (%[[X:[^:]*]]: {{[^:]*}}, %[[W:[^:]*]]:
// CHECK: %[[P:.*]] = mlc.dot_general %[[X]], %[[W]] batch [] x [] contract [2] x [0] : tensor<64x32x256xf32>, tensor<256x8xf32> -> tensor<64x32x8xf32>
// CHECK: %[[T:.*]] = mlc.transpose %[[P]] permutation [1, 0, 2]
// CHECK: return %[[T]]
func.func @smaller_result(%x: tensor<64x32x256xf32>, %w: tensor<256x8xf32>) -> tensor<32x64x8xf32> {
  %0 = mlc.transpose %x permutation [1, 0, 2] : tensor<64x32x256xf32> -> tensor<32x64x256xf32>
  %1 = mlc.dot_general %0, %w batch [] x [] contract [2] x [0] : tensor<32x64x256xf32>, tensor<256x8xf32> -> tensor<32x64x8xf32>
  return %1 : tensor<32x64x8xf32>
}

// -----

// With a batch, and contracted dimensions that were moved, too.
// CHECK-LABEL: func @batch
// CHECK: %[[P:.*]] = mlc.dot_general %{{.*}}, %{{.*}} batch [1] x [0] contract [0] x [1] : tensor<16x2x5x3xf32>, tensor<2x16x4xf32> -> tensor<2x5x3x4xf32>
// CHECK: mlc.transpose %[[P]] permutation [0, 2, 1, 3] : tensor<2x5x3x4xf32> -> tensor<2x3x5x4xf32>
func.func @batch(%x: tensor<16x2x5x3xf32>, %w: tensor<2x16x4xf32>) -> tensor<2x3x5x4xf32> {
  %0 = mlc.transpose %x permutation [1, 3, 0, 2] : tensor<16x2x5x3xf32> -> tensor<2x3x16x5xf32>
  %1 = mlc.dot_general %0, %w batch [0] x [0] contract [2] x [1] : tensor<2x3x16x5xf32>, tensor<2x16x4xf32> -> tensor<2x3x5x4xf32>
  return %1 : tensor<2x3x5x4xf32>
}

// -----

// The operand is smaller, or somebody else reads it transposed anyway.
// CHECK-LABEL: func @stays
// CHECK: %[[A:.*]] = mlc.transpose
// CHECK: mlc.dot_general %[[A]]
// CHECK: %[[B:.*]] = mlc.transpose
// CHECK: %[[C:.*]] = mlc.dot_general %[[B]]
// CHECK: return %{{.*}}, %[[B]], %[[C]]
func.func @stays(%x: tensor<6x4x8xf32>, %w: tensor<8x16xf32>, %v: tensor<8x2xf32>)
    -> (tensor<4x6x16xf32>, tensor<4x6x8xf32>, tensor<4x6x2xf32>) {
  %y = mlc.exp %x : tensor<6x4x8xf32>
  %0 = mlc.transpose %x permutation [1, 0, 2] : tensor<6x4x8xf32> -> tensor<4x6x8xf32>
  %1 = mlc.dot_general %0, %w batch [] x [] contract [2] x [0] : tensor<4x6x8xf32>, tensor<8x16xf32> -> tensor<4x6x16xf32>
  %2 = mlc.transpose %y permutation [1, 0, 2] : tensor<6x4x8xf32> -> tensor<4x6x8xf32>
  %3 = mlc.dot_general %2, %v batch [] x [] contract [2] x [0] : tensor<4x6x8xf32>, tensor<8x2xf32> -> tensor<4x6x2xf32>
  return %1, %2, %3 : tensor<4x6x16xf32>, tensor<4x6x8xf32>, tensor<4x6x2xf32>
}

// -----

// Ids are fewer than what they stand for.
// CHECK-LABEL: func @ids
// CHECK-SAME: (%[[W:[^:]*]]: {{[^:]*}}, %[[I:[^:]*]]:
// CHECK: %[[T:.*]] = mlc.transpose %[[I]] permutation [1, 0] : tensor<3x5xi32> -> tensor<5x3xi32>
// CHECK: %[[G:.*]] = mlc.gather %[[W]], %[[T]] : tensor<7x4xf32>, tensor<5x3xi32> -> tensor<5x3x4xf32>
// CHECK: return %[[G]]
func.func @ids(%w: tensor<7x4xf32>, %i: tensor<3x5xi32>) -> tensor<5x3x4xf32> {
  %0 = mlc.gather %w, %i : tensor<7x4xf32>, tensor<3x5xi32> -> tensor<3x5x4xf32>
  %1 = mlc.transpose %0 permutation [1, 0, 2] : tensor<3x5x4xf32> -> tensor<5x3x4xf32>
  return %1 : tensor<5x3x4xf32>
}

// -----

// Elements of a row are not where other ids are.
// CHECK-LABEL: func @elements
// CHECK: mlc.gather
// CHECK: mlc.transpose
func.func @elements(%w: tensor<7x4xf32>, %i: tensor<3x5xi32>) -> tensor<3x4x5xf32> {
  %0 = mlc.gather %w, %i : tensor<7x4xf32>, tensor<3x5xi32> -> tensor<3x5x4xf32>
  %1 = mlc.transpose %0 permutation [0, 2, 1] : tensor<3x5x4xf32> -> tensor<3x4x5xf32>
  return %1 : tensor<3x4x5xf32>
}

// -----

// Dimensions that are one in the end are one from the start, of a product and
// of a sum.
// CHECK-LABEL: func @joined
// CHECK-SAME: (%[[X:[^:]*]]: {{[^:]*}}, %[[G:[^:]*]]:
// CHECK: %[[J:.*]] = mlc.reshape %[[G]] : tensor<9x2x4x8xf32> -> tensor<9x2x32xf32>
// CHECK: %[[P:.*]] = mlc.dot_general %[[X]], %[[J]] batch [] x [] contract [0, 1] x [0, 1] : {{.*}} -> tensor<5x32xf32>
// CHECK: %[[S:.*]] = mlc.reduce add %[[J]] dims [0, 1] : tensor<9x2x32xf32> -> tensor<32xf32>
// CHECK: return %[[P]], %[[S]]
func.func @joined(%x: tensor<9x2x5xf32>, %g: tensor<9x2x4x8xf32>) -> (tensor<5x32xf32>, tensor<32xf32>) {
  %0 = mlc.dot_general %x, %g batch [] x [] contract [0, 1] x [0, 1] : tensor<9x2x5xf32>, tensor<9x2x4x8xf32> -> tensor<5x4x8xf32>
  %1 = mlc.reshape %0 : tensor<5x4x8xf32> -> tensor<5x32xf32>
  %2 = mlc.reduce add %g dims [0, 1] : tensor<9x2x4x8xf32> -> tensor<4x8xf32>
  %3 = mlc.reshape %2 : tensor<4x8xf32> -> tensor<32xf32>
  return %1, %3 : tensor<5x32xf32>, tensor<32xf32>
}

// -----

// They are not side by side in the operand.
// CHECK-LABEL: func @apart
// CHECK: mlc.dot_general %{{.*}}, %arg1 batch [] x [] contract [0] x [1]
// CHECK: mlc.reshape
func.func @apart(%x: tensor<9x5xf32>, %g: tensor<4x9x8xf32>) -> tensor<5x32xf32> {
  %0 = mlc.dot_general %x, %g batch [] x [] contract [0] x [1] : tensor<9x5xf32>, tensor<4x9x8xf32> -> tensor<5x4x8xf32>
  %1 = mlc.reshape %0 : tensor<5x4x8xf32> -> tensor<5x32xf32>
  return %1 : tensor<5x32xf32>
}
