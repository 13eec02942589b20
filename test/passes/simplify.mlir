// RUN: mlc-opt %s --mlc-simplify | FileCheck %s
// Simplifying again changes nothing.
// RUN: mlc-opt %s --mlc-simplify > %t.once
// RUN: mlc-opt %t.once --mlc-simplify > %t.twice
// RUN: diff %t.once %t.twice

// CHECK-LABEL: func @transposed_operands
// CHECK-SAME: (%[[X:[^:]*]]: tensor<4x2xf32>, %[[W:[^:]*]]: tensor<8x4xf32>)
// CHECK-NEXT: %[[Y:.*]] = mlc.dot_general %[[X]], %[[W]] batch [] x [] contract [0] x [1] : tensor<4x2xf32>, tensor<8x4xf32> -> tensor<2x8xf32>
// CHECK-NEXT: return %[[Y]]
func.func @transposed_operands(%x: tensor<4x2xf32>, %w: tensor<8x4xf32>) -> tensor<2x8xf32> {
  %a = mlc.transpose %x permutation [1, 0] : tensor<4x2xf32> -> tensor<2x4xf32>
  %b = mlc.transpose %w permutation [1, 0] : tensor<8x4xf32> -> tensor<4x8xf32>
  %y = mlc.dot_general %a, %b batch [] x [] contract [1] x [0] : tensor<2x4xf32>, tensor<4x8xf32> -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}

// Attention's heads: a batch dimension in the middle is read where it is.
// CHECK-LABEL: func @heads
// CHECK-NOT: mlc.transpose
// CHECK: mlc.dot_general %{{.*}}, %{{.*}} batch [0, 2] x [0, 2] contract [3] x [3]
func.func @heads(%q: tensor<2x5x4x8xf32>, %k: tensor<2x6x4x8xf32>) -> tensor<2x4x5x6xf32> {
  %a = mlc.transpose %q permutation [0, 2, 1, 3] : tensor<2x5x4x8xf32> -> tensor<2x4x5x8xf32>
  %b = mlc.transpose %k permutation [0, 2, 1, 3] : tensor<2x6x4x8xf32> -> tensor<2x4x6x8xf32>
  %y = mlc.dot_general %a, %b batch [0, 1] x [0, 1] contract [3] x [3]
    : tensor<2x4x5x8xf32>, tensor<2x4x6x8xf32> -> tensor<2x4x5x6xf32>
  return %y : tensor<2x4x5x6xf32>
}

// The order of the free dimensions is the result's: it can't be changed.
// CHECK-LABEL: func @free_dimensions_swapped
// CHECK: mlc.transpose
// CHECK: mlc.dot_general
func.func @free_dimensions_swapped(%x: tensor<2x3x4xf32>, %w: tensor<4x8xf32>) -> tensor<3x2x8xf32> {
  %a = mlc.transpose %x permutation [1, 0, 2] : tensor<2x3x4xf32> -> tensor<3x2x4xf32>
  %y = mlc.dot_general %a, %w batch [] x [] contract [2] x [0] : tensor<3x2x4xf32>, tensor<4x8xf32> -> tensor<3x2x8xf32>
  return %y : tensor<3x2x8xf32>
}

// CHECK-LABEL: func @equal_and_unused
// CHECK-SAME: (%[[X:[^:]*]]: tensor<4xf32>)
// CHECK-NEXT: %[[E:.*]] = mlc.exp %[[X]]
// CHECK-NEXT: return %[[E]], %[[E]]
func.func @equal_and_unused(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = mlc.exp %x : tensor<4xf32>
  %1 = mlc.exp %x : tensor<4xf32>
  %2 = mlc.tanh %x : tensor<4xf32>
  %s = mlc.reduce add %2 dims [0] : tensor<4xf32> -> tensor<f32>
  %g = mlc.gradient %s wrt %x : tensor<f32> wrt tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func @stop_gradient_after_differentiation
// CHECK-SAME: (%[[X:[^:]*]]: tensor<4xf32>)
// CHECK-NEXT: return %[[X]]
func.func @stop_gradient_after_differentiation(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mlc.stop_gradient %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func @stop_gradient_before
// CHECK: mlc.stop_gradient
// CHECK: mlc.gradient
func.func @stop_gradient_before(%x: tensor<f32>) -> tensor<f32> {
  %0 = mlc.stop_gradient %x : tensor<f32>
  %1 = mlc.mul %0, %x : tensor<f32>
  %g = mlc.gradient %1 wrt %x : tensor<f32> wrt tensor<f32>
  return %g : tensor<f32>
}

// Equal random numbers are computed once; other streams are other numbers.
// CHECK-LABEL: func @random
// CHECK-COUNT-2: mlc.random
// CHECK-NOT: mlc.random
func.func @random(%key: tensor<2xi32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %stream0 = mlc.constant dense<0> : tensor<i32>
  %0 = mlc.random %key stream %stream0 : tensor<2xi32>, tensor<i32> -> tensor<4xf32>
  %1 = mlc.random %key stream %stream0 : tensor<2xi32>, tensor<i32> -> tensor<4xf32>
  %stream1 = mlc.constant dense<1> : tensor<i32>
  %2 = mlc.random %key stream %stream1 : tensor<2xi32>, tensor<i32> -> tensor<4xf32>
  return %0, %1, %2 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func @transposed_result
// CHECK-SAME: (%[[X:[^:]*]]: tensor<5x2x4xf32>, %[[W:[^:]*]]: tensor<5x4x8xf32>)
// CHECK-NEXT: mlc.dot_general %[[W]], %[[X]] batch [0] x [0] contract [1] x [2] : {{.*}} -> tensor<5x8x2xf32>
// CHECK-NEXT: return
func.func @transposed_result(%x: tensor<5x2x4xf32>, %w: tensor<5x4x8xf32>) -> tensor<5x8x2xf32> {
  %0 = mlc.dot_general %x, %w batch [0] x [0] contract [2] x [1] : tensor<5x2x4xf32>, tensor<5x4x8xf32> -> tensor<5x2x8xf32>
  %1 = mlc.transpose %0 permutation [0, 2, 1] : tensor<5x2x8xf32> -> tensor<5x8x2xf32>
  return %1 : tensor<5x8x2xf32>
}

// CHECK-LABEL: func @computed_before_repeated
// CHECK-SAME: (%[[X:[^:]*]]: tensor<2xf32>, %[[Y:[^:]*]]: tensor<2xf32>)
// CHECK-DAG: %[[C:.*]] = mlc.constant dense<3.000000e+00> : tensor<2xf32>
// CHECK-DAG: %[[S:.*]] = mlc.add %[[X]], %[[Y]] : tensor<2xf32>
// CHECK-DAG: %[[L:.*]] = mlc.compare lt %[[S]], %[[C]] : tensor<2xf32> -> tensor<2xi1>
// CHECK-DAG: %[[R:.*]] = mlc.broadcast %[[L]] dims [0] : tensor<2xi1> -> tensor<2x4xi1>
// CHECK: return %[[R]]
func.func @computed_before_repeated(%x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2x4xi1> {
  %c = mlc.constant dense<3.0> : tensor<2x4xf32>
  %0 = mlc.broadcast %x dims [0] : tensor<2xf32> -> tensor<2x4xf32>
  %1 = mlc.broadcast %y dims [0] : tensor<2xf32> -> tensor<2x4xf32>
  %2 = mlc.add %0, %1 : tensor<2x4xf32>
  %3 = mlc.compare lt %2, %c : tensor<2x4xf32> -> tensor<2x4xi1>
  return %3 : tensor<2x4xi1>
}

// CHECK-LABEL: func @repeated_along_other_dimensions
// CHECK: mlc.add %{{.*}}, %{{.*}} : tensor<2x2xf32>
func.func @repeated_along_other_dimensions(%x: tensor<2xf32>) -> tensor<2x2xf32> {
  %0 = mlc.broadcast %x dims [0] : tensor<2xf32> -> tensor<2x2xf32>
  %1 = mlc.broadcast %x dims [1] : tensor<2xf32> -> tensor<2x2xf32>
  %2 = mlc.add %0, %1 : tensor<2x2xf32>
  return %2 : tensor<2x2xf32>
}

// The gradient of a tensor read in slices is put together from theirs.
// CHECK-LABEL: func @neighbouring_pieces
// CHECK-SAME: (%[[X:[^:]*]]: tensor<2x1x3xf32>, %[[Y:[^:]*]]: tensor<2x1x3xf32>, %[[Z:[^:]*]]: tensor<2x2x3xf32>)
// CHECK-NEXT: %[[R:.*]] = mlc.concatenate %[[X]], %[[Y]], %[[Z]] dim 1
// CHECK-NEXT: return %[[R]]
func.func @neighbouring_pieces(%x: tensor<2x1x3xf32>, %y: tensor<2x1x3xf32>, %z: tensor<2x2x3xf32>) -> tensor<2x4x3xf32> {
  %0 = mlc.pad %x low [0, 0, 0] high [0, 3, 0] interior [0, 0, 0] : tensor<2x1x3xf32> -> tensor<2x4x3xf32>
  %1 = mlc.pad %y low [0, 1, 0] high [0, 2, 0] interior [0, 0, 0] : tensor<2x1x3xf32> -> tensor<2x4x3xf32>
  %2 = mlc.pad %z low [0, 2, 0] high [0, 0, 0] interior [0, 0, 0] : tensor<2x2x3xf32> -> tensor<2x4x3xf32>
  %3 = mlc.add %2, %1 : tensor<2x4x3xf32>
  %4 = mlc.add %3, %0 : tensor<2x4x3xf32>
  return %4 : tensor<2x4x3xf32>
}

// Zeros are between pieces that are no neighbours, and around them.
// CHECK-LABEL: func @pieces_apart
// CHECK-SAME: (%[[X:[^:]*]]: tensor<2x3xf32>, %[[Y:[^:]*]]: tensor<2x2xf32>)
// CHECK-DAG: %[[A:.*]] = mlc.constant dense<0.0{{.*}}> : tensor<2x1xf32>
// CHECK-DAG: %[[B:.*]] = mlc.constant dense<0.0{{.*}}> : tensor<2x4xf32>
// CHECK-DAG: %[[C:.*]] = mlc.constant dense<0.0{{.*}}> : tensor<2x6xf32>
// CHECK: %[[R:.*]] = mlc.concatenate %[[A]], %[[X]], %[[B]], %[[Y]], %[[C]] dim 1
// CHECK-NEXT: return %[[R]]
func.func @pieces_apart(%x: tensor<2x3xf32>, %y: tensor<2x2xf32>) -> tensor<2x16xf32> {
  %0 = mlc.pad %x low [0, 1] high [0, 12] interior [0, 0] : tensor<2x3xf32> -> tensor<2x16xf32>
  %1 = mlc.pad %y low [0, 8] high [0, 6] interior [0, 0] : tensor<2x2xf32> -> tensor<2x16xf32>
  %2 = mlc.add %1, %0 : tensor<2x16xf32>
  return %2 : tensor<2x16xf32>
}

// Vectors run along the last dimension: there is none of size 1.
// CHECK-LABEL: func @columns
// CHECK: mlc.slice %{{.*}} : tensor<4x9xf32> -> tensor<4x2xf32>
// CHECK: mlc.concatenate %{{.*}} dim 1 : tensor<4x2xf32>, tensor<4x9xf32> -> tensor<4x11xf32>
// CHECK: mlc.pad %{{.*}} : tensor<4x9xf32> -> tensor<5x9xf32>
func.func @columns(%x: tensor<4x9x1xf32>) -> (tensor<4x11x1xf32>, tensor<5x9x1xf32>) {
  %0 = mlc.slice %x offsets [0, 3, 0] strides [1, 1, 1] : tensor<4x9x1xf32> -> tensor<4x2x1xf32>
  %1 = mlc.concatenate %0, %x dim 1 : tensor<4x2x1xf32>, tensor<4x9x1xf32> -> tensor<4x11x1xf32>
  %2 = mlc.pad %x low [1, 0, 0] high [0, 0, 0] interior [0, 0, 0] : tensor<4x9x1xf32> -> tensor<5x9x1xf32>
  return %1, %2 : tensor<4x11x1xf32>, tensor<5x9x1xf32>
}

// CHECK-LABEL: func @overlapping_pieces
// CHECK: mlc.add
func.func @overlapping_pieces(%x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<3xf32> {
  %0 = mlc.pad %x low [0] high [1] interior [0] : tensor<2xf32> -> tensor<3xf32>
  %1 = mlc.pad %y low [1] high [0] interior [0] : tensor<2xf32> -> tensor<3xf32>
  %2 = mlc.add %0, %1 : tensor<3xf32>
  return %2 : tensor<3xf32>
}

// Bounds of ids that callers have checked, or that are constants, hold anyway.
// CHECK-LABEL: func @bounds_of_checked_ids
// CHECK-SAME: (%[[T:[^:]*]]: tensor<9x4xf32>, %[[I:[^:]*]]: tensor<2x3xi32>
// CHECK-NEXT: %[[R:.*]] = mlc.reshape %[[I]]
// CHECK-NEXT: mlc.gather %[[T]], %[[R]]
func.func @bounds_of_checked_ids(%t: tensor<9x4xf32>, %i: tensor<2x3xi32> {mlc.role = "input", mlc.range = 9 : i64}) -> tensor<6x4xf32> {
  %low = mlc.constant dense<0> : tensor<6xi32>
  %high = mlc.constant dense<8> : tensor<6xi32>
  %r = mlc.reshape %i : tensor<2x3xi32> -> tensor<6xi32>
  %0 = mlc.max %r, %low : tensor<6xi32>
  %1 = mlc.min %0, %high : tensor<6xi32>
  %2 = mlc.gather %t, %1 : tensor<9x4xf32>, tensor<6xi32> -> tensor<6x4xf32>
  return %2 : tensor<6x4xf32>
}

// One more row than the table has, or ids from elsewhere: they stay.
// CHECK-LABEL: func @bounds_that_may_matter
// CHECK: mlc.min
// CHECK: mlc.max
func.func @bounds_that_may_matter(%t: tensor<9x4xf32>, %i: tensor<6xi32> {mlc.role = "input", mlc.range = 10 : i64}, %j: tensor<6xi32>) -> (tensor<6xi32>, tensor<6xi32>) {
  %low = mlc.constant dense<0> : tensor<6xi32>
  %high = mlc.constant dense<8> : tensor<6xi32>
  %0 = mlc.min %i, %high : tensor<6xi32>
  %1 = mlc.max %j, %low : tensor<6xi32>
  return %0, %1 : tensor<6xi32>, tensor<6xi32>
}

// -----

// Gradients of gates that several sums have in common: each sum is written once
// all the same.
// CHECK-LABEL: func @shared_pieces
// CHECK-SAME: (%[[X:.*]]: tensor<2x1x3xf32>, %[[Y:.*]]: tensor<2x1x3xf32>, %[[Z:.*]]: tensor<2x1x3xf32>, %[[U:.*]]: tensor<2x1x3xf32>)
// CHECK-NEXT: %[[A:.*]] = mlc.concatenate %[[X]], %[[Y]], %[[Z]] dim 1
// CHECK-NEXT: %[[B:.*]] = mlc.concatenate %[[X]], %[[Y]], %[[U]] dim 1
// CHECK-NEXT: return %[[A]], %[[B]]
func.func @shared_pieces(%x: tensor<2x1x3xf32>, %y: tensor<2x1x3xf32>, %z: tensor<2x1x3xf32>, %u: tensor<2x1x3xf32>) -> (tensor<2x3x3xf32>, tensor<2x3x3xf32>) {
  %0 = mlc.concatenate %x, %y dim 1 : tensor<2x1x3xf32>, tensor<2x1x3xf32> -> tensor<2x2x3xf32>
  %1 = mlc.pad %0 low [0, 0, 0] high [0, 1, 0] interior [0, 0, 0] : tensor<2x2x3xf32> -> tensor<2x3x3xf32>
  %2 = mlc.pad %z low [0, 2, 0] high [0, 0, 0] interior [0, 0, 0] : tensor<2x1x3xf32> -> tensor<2x3x3xf32>
  %3 = mlc.pad %u low [0, 2, 0] high [0, 0, 0] interior [0, 0, 0] : tensor<2x1x3xf32> -> tensor<2x3x3xf32>
  %4 = mlc.add %1, %2 : tensor<2x3x3xf32>
  %5 = mlc.add %3, %1 : tensor<2x3x3xf32>
  return %4, %5 : tensor<2x3x3xf32>, tensor<2x3x3xf32>
}

// -----

// What others read stays padded; adding up pads of a part would pad again.
// CHECK-LABEL: func @shared_part
// CHECK: mlc.pad
// CHECK: mlc.pad
// CHECK: mlc.add
// CHECK-NOT: mlc.concatenate
func.func @shared_part(%x: tensor<2xf32>, %y: tensor<2xf32>) -> (tensor<5xf32>, tensor<5xf32>) {
  %0 = mlc.pad %x low [0] high [3] interior [0] : tensor<2xf32> -> tensor<5xf32>
  %1 = mlc.pad %y low [2] high [1] interior [0] : tensor<2xf32> -> tensor<5xf32>
  %2 = mlc.add %0, %1 : tensor<5xf32>
  return %0, %2 : tensor<5xf32>, tensor<5xf32>
}
