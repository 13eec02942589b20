// RUN: mlc-opt %s --mlc-round-operands --split-input-file | FileCheck %s
// RUN: mlc-opt %s --mlc-round-operands=keep-products --split-input-file | FileCheck %s --check-prefix=KEEP

// Each operand is rounded once, where it is made.
// CHECK-LABEL: func @dense
// CHECK-SAME: (%[[X:.*]]: tensor<8x3xf32>, %[[W:.*]]: tensor<3x5xf32>, %[[G:.*]]: tensor<8x5xf32>)
// CHECK-DAG: %[[RX:.*]] = mlc.round_bfloat16 %[[X]]
// CHECK-DAG: %[[RW:.*]] = mlc.round_bfloat16 %[[W]]
// CHECK-DAG: %[[RG:.*]] = mlc.round_bfloat16 %[[G]]
// CHECK-NOT: round_bfloat16
// CHECK: mlc.dot_general %[[RX]], %[[RW]] batch [] x [] contract [1] x [0] :
// CHECK: mlc.dot_general %[[RG]], %[[RW]] batch [] x [] contract [1] x [1] :
// KEEP-LABEL: func @dense
// KEEP-NOT: round_bfloat16
// KEEP: contract [1] x [0] {bfloat16}
// KEEP: contract [1] x [1] {bfloat16}
func.func @dense(%x: tensor<8x3xf32>, %w: tensor<3x5xf32>, %g: tensor<8x5xf32>)
    -> (tensor<8x5xf32>, tensor<8x3xf32>) {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] {bfloat16} : tensor<8x3xf32>, tensor<3x5xf32> -> tensor<8x5xf32>
  %1 = mlc.dot_general %g, %w batch [] x [] contract [1] x [1] {bfloat16} : tensor<8x5xf32>, tensor<3x5xf32> -> tensor<8x3xf32>
  return %0, %1 : tensor<8x5xf32>, tensor<8x3xf32>
}

// -----

// Products of float32 stay what they are.
// CHECK-LABEL: func @single
// CHECK-NOT: round_bfloat16
// CHECK: return
func.func @single(%x: tensor<8x3xf32>, %w: tensor<3x5xf32>) -> tensor<8x5xf32> {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<8x3xf32>, tensor<3x5xf32> -> tensor<8x5xf32>
  return %0 : tensor<8x5xf32>
}

// -----

// What sums nothing becomes elementwise; convolutions have no such kernel.
// KEEP-LABEL: func @others
// KEEP-COUNT-2: mlc.round_bfloat16
// KEEP: mlc.dot_general %{{.*}}, %{{.*}} batch [] x [] contract [] x [] :
// KEEP: mlc.convolution {{.*}} groups 1 :
func.func @others(%x: tensor<3xf32>, %i: tensor<2x9x4xf32>, %f: tensor<3x4x6xf32>)
    -> (tensor<3x3xf32>, tensor<2x7x6xf32>) {
  %0 = mlc.dot_general %x, %x batch [] x [] contract [] x [] {bfloat16} : tensor<3xf32>, tensor<3xf32> -> tensor<3x3xf32>
  %1 = mlc.convolution %i, %f strides [1] low [0] dilations [1] groups 1 {bfloat16} : tensor<2x9x4xf32>, tensor<3x4x6xf32> -> tensor<2x7x6xf32>
  return %0, %1 : tensor<3x3xf32>, tensor<2x7x6xf32>
}

// -----

// Attention too.
// CHECK-LABEL: func @attention
// CHECK-COUNT-3: mlc.round_bfloat16
// CHECK: mlc.attention
// CHECK-NOT: bfloat16
// CHECK: return
// KEEP-LABEL: func @attention
// KEEP-NOT: mlc.round_bfloat16
// KEEP: mlc.attention {{.*}} {bfloat16}
func.func @attention(%q: tensor<1x4x2x8xf32>, %k: tensor<1x4x2x8xf32>, %v: tensor<1x4x2x8xf32>) -> tensor<1x4x2x8xf32> {
  %0, %1 = mlc.attention %q, %k, %v scale 5.000000e-01 {bfloat16} : tensor<1x4x2x8xf32>, tensor<1x4x2x8xf32>, tensor<1x4x2x8xf32> -> tensor<1x4x2x8xf32>, tensor<1x2x4xf32>
  return %0 : tensor<1x4x2x8xf32>
}
