// RUN: mlc-opt %s --mlc-hoist-scan --mlc-simplify | FileCheck %s

// The projection of the input, with what leads to it, is one product over time
// and batch; the recurrent one stays.
// CHECK-LABEL: func @projection
// CHECK-SAME: (%[[H:[^:]*]]: {{[^:]*}}, %[[X:[^:]*]]: {{[^:]*}}, %[[W:[^:]*]]: {{[^:]*}}, %[[U:[^:]*]]:
// CHECK: %[[E:.*]] = mlc.exp %[[X]] : tensor<5x2x3xf32>
// CHECK: %[[P:.*]] = mlc.dot_general %[[E]], %[[W]] batch [] x [] contract [2] x [0] : {{.*}} -> tensor<5x2x4xf32>
// CHECK: mlc.scan 5 init(%[[H]] : {{.*}}) over(%[[P]] : {{.*}}) with(%[[U]] : {{.*}})
// CHECK-COUNT-1: mlc.dot_general
// CHECK-NOT: mlc.dot_general
func.func @projection(%h: tensor<2x4xf32>, %x: tensor<5x2x3xf32>, %w: tensor<3x4xf32>, %u: tensor<4x4xf32>) -> tensor<2x4xf32> {
  %0 = mlc.scan 5 init(%h : tensor<2x4xf32>) over(%x : tensor<5x2x3xf32>) with(%w, %u : tensor<3x4xf32>, tensor<4x4xf32>) -> tensor<2x4xf32> {
  ^bb0(%c: tensor<2x4xf32>, %s: tensor<2x3xf32>, %k: tensor<3x4xf32>, %l: tensor<4x4xf32>):
    %1 = mlc.exp %s : tensor<2x3xf32>
    %2 = mlc.dot_general %1, %k batch [] x [] contract [1] x [0] : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
    %3 = mlc.dot_general %c, %l batch [] x [] contract [1] x [0] : tensor<2x4xf32>, tensor<4x4xf32> -> tensor<2x4xf32>
    %4 = mlc.add %2, %3 : tensor<2x4xf32>
    %5 = mlc.tanh %4 : tensor<2x4xf32>
    mlc.yield %5 : tensor<2x4xf32>
  }
  return %0 : tensor<2x4xf32>
}

// Time comes out as a dimension of the second factor, and is brought to the
// front.
// CHECK-LABEL: func @second_factor
// CHECK-SAME: (%[[H:[^:]*]]: {{[^:]*}}, %[[X:[^:]*]]: {{[^:]*}}, %[[W:[^:]*]]:
// CHECK: %[[P:.*]] = mlc.dot_general %[[W]], %[[X]] batch [0] x [1] contract [1] x [2] : {{.*}} -> tensor<2x4x5x6xf32>
// CHECK: %[[T:.*]] = mlc.transpose %[[P]] permutation [2, 0, 1, 3]
// CHECK: mlc.scan 5 init(%[[H]] : {{.*}}) over(%[[T]] : {{.*}}) with()
func.func @second_factor(%h: tensor<2x4x6xf32>, %x: tensor<5x2x3x6xf32>, %w: tensor<2x3x4xf32>) -> tensor<2x4x6xf32> {
  %0 = mlc.scan 5 init(%h : tensor<2x4x6xf32>) over(%x : tensor<5x2x3x6xf32>) with(%w : tensor<2x3x4xf32>) -> tensor<2x4x6xf32> {
  ^bb0(%c: tensor<2x4x6xf32>, %s: tensor<2x3x6xf32>, %k: tensor<2x3x4xf32>):
    %2 = mlc.dot_general %k, %s batch [0] x [0] contract [1] x [1] : tensor<2x3x4xf32>, tensor<2x3x6xf32> -> tensor<2x4x6xf32>
    %4 = mlc.mul %2, %c : tensor<2x4x6xf32>
    mlc.yield %4 : tensor<2x4x6xf32>
  }
  return %0 : tensor<2x4x6xf32>
}

// What depends on invariants only is done once; a mask drawn in the body is
// not worth its memory.
// CHECK-LABEL: func @invariant
// CHECK-SAME: (%[[H:[^:]*]]: {{[^:]*}}, %[[W:[^:]*]]: {{[^:]*}}, %[[KEY:[^:]*]]:
// CHECK: %[[E:.*]] = mlc.exp %[[W]]
// CHECK: mlc.scan 5 init(%[[H]] : {{.*}}) over() with(%[[KEY]], %[[E]] :
// CHECK: mlc.random
// CHECK-NOT: mlc.exp
// CHECK: mlc.yield
func.func @invariant(%h: tensor<4xf32>, %w: tensor<4xf32>, %key: tensor<2xi32>) -> tensor<4xf32> {
  %0 = mlc.scan 5 init(%h : tensor<4xf32>) over() with(%w, %key : tensor<4xf32>, tensor<2xi32>) -> tensor<4xf32> {
  ^bb0(%c: tensor<4xf32>, %k: tensor<4xf32>, %l: tensor<2xi32>):
    %1 = mlc.exp %k : tensor<4xf32>
    %stream = mlc.constant dense<3> : tensor<i32>
    %2 = mlc.random %l stream %stream : tensor<2xi32>, tensor<i32> -> tensor<4xf32>
    %3 = mlc.mul %c, %1 : tensor<4xf32>
    %4 = mlc.mul %3, %2 : tensor<4xf32>
    mlc.yield %4 : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}

// Out of the inner loop, then out of the outer one.
// CHECK-LABEL: func @nested
// CHECK: mlc.dot_general %{{.*}} -> tensor<2x5x4xf32>
// CHECK: mlc.scan 2
// CHECK: mlc.scan 5
// CHECK-NOT: mlc.dot_general
// CHECK: return
func.func @nested(%h: tensor<4xf32>, %x: tensor<2x5x3xf32>, %w: tensor<3x4xf32>) -> tensor<4xf32> {
  %0 = mlc.scan 2 init(%h : tensor<4xf32>) over(%x : tensor<2x5x3xf32>) with(%w : tensor<3x4xf32>) -> tensor<4xf32> {
  ^bb0(%c: tensor<4xf32>, %s: tensor<5x3xf32>, %k: tensor<3x4xf32>):
    %1 = mlc.scan 5 reverse init(%c : tensor<4xf32>) over(%s : tensor<5x3xf32>) with(%k : tensor<3x4xf32>) -> tensor<4xf32> {
    ^bb0(%d: tensor<4xf32>, %t: tensor<3xf32>, %l: tensor<3x4xf32>):
      %2 = mlc.dot_general %t, %l batch [] x [] contract [0] x [0] : tensor<3xf32>, tensor<3x4xf32> -> tensor<4xf32>
      %3 = mlc.mul %2, %d : tensor<4xf32>
      mlc.yield %3 : tensor<4xf32>
    }
    mlc.yield %1 : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}
