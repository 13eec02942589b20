// RUN: mlc-opt --mlc-decompose-attention %s | FileCheck %s

// Heads that share a key's are a dimension of their own, and the scores a tensor.
// CHECK-LABEL: func @forward
// CHECK-SAME: %[[Q:.*]]: tensor<2x5x4x8xf32>, %[[K:.*]]: tensor<2x7x2x8xf32>, %[[V:.*]]: tensor<2x7x2x3xf32>
func.func @forward(%q: tensor<2x5x4x8xf32>, %k: tensor<2x7x2x8xf32>, %v: tensor<2x7x2x3xf32>)
    -> (tensor<2x5x4x3xf32>, tensor<2x4x5xf32>) {
  // CHECK: %[[ROWS:.*]] = mlc.reshape %[[Q]] : tensor<2x5x4x8xf32> -> tensor<2x5x2x2x8xf32>
  // CHECK: %[[DOT:.*]] = mlc.dot_general %[[ROWS]], %[[K]] batch [0, 2] x [0, 2] contract [4] x [3]
  // CHECK: %[[SCORES:.*]] = mlc.mul %[[DOT]]
  // CHECK: %[[PAST:.*]] = mlc.compare ge
  // CHECK: %[[SEEN:.*]] = mlc.select %[[PAST]], %[[SCORES]]
  // CHECK: mlc.reduce max %[[SEEN]] dims [4]
  // CHECK: mlc.exp
  // CHECK: %[[P:.*]] = mlc.div
  // CHECK: mlc.dot_general %[[P]], %[[V]] batch [0, 1] x [0, 2] contract [4] x [1]
  // CHECK-NOT: mlc.attention
  %0, %1 = mlc.attention %q, %k, %v scale 0.5 causal : tensor<2x5x4x8xf32>, tensor<2x7x2x8xf32>,
    tensor<2x7x2x3xf32> -> tensor<2x5x4x3xf32>, tensor<2x4x5xf32>
  return %0, %1 : tensor<2x5x4x3xf32>, tensor<2x4x5xf32>
}

// Probabilities come from the log-sum-exp; nothing is reduced to find them.
// CHECK-LABEL: func @gradient
func.func @gradient(%q: tensor<2x5x4x8xf32>, %k: tensor<2x7x4x8xf32>, %l: tensor<2x4x5xf32>,
                    %d: tensor<2x5x4xf32>, %c: tensor<2x5x4x8xf32>)
    -> (tensor<2x5x4x8xf32>, tensor<2x7x4x8xf32>, tensor<2x7x4x8xf32>) {
  // CHECK-NOT: mlc.reduce
  // CHECK: mlc.exp
  // CHECK-COUNT-4: mlc.dot_general
  // CHECK-NOT: mlc.attention_gradient
  %0, %1, %2 = mlc.attention_gradient %q, %k, %k logsumexp %l delta %d cotangent %c scale 0.5
    : tensor<2x5x4x8xf32>, tensor<2x7x4x8xf32>, tensor<2x7x4x8xf32>, tensor<2x4x5xf32>,
      tensor<2x5x4xf32>, tensor<2x5x4x8xf32>
    -> tensor<2x5x4x8xf32>, tensor<2x7x4x8xf32>, tensor<2x7x4x8xf32>
  return %0, %1, %2 : tensor<2x5x4x8xf32>, tensor<2x7x4x8xf32>, tensor<2x7x4x8xf32>
}
