// RUN: mlc-opt %s --mlc-fuse --mlc-outline-kernels | FileCheck %s

// Two equal layers, in two functions, are one kernel, named after the first; a
// different layer is another. Characters that symbols can't have are replaced.
// CHECK-LABEL: func @predict
// CHECK-SAME: mlc.flops = 1088
// CHECK: %[[A:.*]] = mlc.launch @first.dot_general(%{{.*}}, %{{.*}})
// CHECK: %[[B:.*]] = mlc.launch @first.dot_general(%[[A]], %{{.*}})
// CHECK: return %[[B]]
// CHECK-LABEL: func @evaluate_step
// CHECK: mlc.launch @first.dot_general
// CHECK: mlc.reshape
// CHECK: mlc.launch @block_0___.exp
func.func @predict(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>, %v: tensor<8x8xf32>) -> tensor<4x8xf32> {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32> loc("first")
  %1 = mlc.tanh %0 : tensor<4x8xf32> loc("first")
  %2 = mlc.dot_general %1, %v batch [] x [] contract [1] x [0] : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32> loc("second")
  %3 = mlc.tanh %2 : tensor<4x8xf32> loc("second")
  return %3 : tensor<4x8xf32>
}

func.func @evaluate_step(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> tensor<4x8xf32> {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32> loc("third")
  %1 = mlc.tanh %0 : tensor<4x8xf32> loc("third")
  %2 = mlc.reshape %1 : tensor<4x8xf32> -> tensor<32xf32>
  %3 = mlc.exp %2 : tensor<32xf32> loc("block/0 é")
  %4 = mlc.reshape %3 : tensor<32xf32> -> tensor<4x8xf32>
  return %4 : tensor<4x8xf32>
}

// Different kernels of one layer have different names.
// CHECK-LABEL: func @same_name
// CHECK: mlc.launch @act.exp(%{{.*}}) : (tensor<4xf32>)
// CHECK: mlc.launch @act.exp_0(%{{.*}}) : (tensor<5xf32>)

// CHECK-LABEL: func private @first.dot_general
// CHECK-SAME: (%[[X:[^:]*]]: tensor<4x8xf32>, %[[W:[^:]*]]: tensor<8x8xf32>) -> tensor<4x8xf32>
// CHECK-SAME: mlc.kernel = #mlc<fusion_kind contraction>, mlc.traffic = 512 : i64, mlc.work = 544 : i64
// CHECK-NEXT: %[[P:.*]] = mlc.dot_general %[[X]], %[[W]]
// CHECK-NEXT: %[[T:.*]] = mlc.tanh %[[P]]
// CHECK-NEXT: return %[[T]]
// CHECK: func private @block_0___.exp
// CHECK-SAME: mlc.kernel = #mlc<fusion_kind pointwise>, mlc.traffic = 256 : i64, mlc.work = 32 : i64
// CHECK: func private @act.exp(
// CHECK: func private @act.exp_0(
// CHECK-NOT: func
func.func @same_name(%x: tensor<4xf32>, %y: tensor<5xf32>) -> (tensor<4xf32>, tensor<5xf32>) {
  %0 = mlc.exp %x : tensor<4xf32> loc("act")
  %1 = mlc.exp %y : tensor<5xf32> loc("act")
  return %0, %1 : tensor<4xf32>, tensor<5xf32>
}
