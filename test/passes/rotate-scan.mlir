// RUN: mlc-opt %s --mlc-rotate-scan -split-input-file | FileCheck %s

// The product is made where the next step reads it, of a factor that is nothing
// at first.
// CHECK-LABEL: func @product
// CHECK-SAME: (%[[X:[^:]*]]: {{[^:]*}}, %[[W:[^:]*]]:
// CHECK: %[[ZEROS:.*]] = mlc.constant dense<0.000000e+00> : tensor<2x3x4xf32>
// CHECK: %[[S:.*]]:2 = mlc.scan 5 reverse init(%[[ZEROS]] : tensor<2x3x4xf32>) over(%[[X]] : {{.*}}) with(%[[W]] : {{.*}})
// CHECK-NEXT: ^bb0(%[[F:[^:]*]]: tensor<2x3x4xf32>, %[[XS:[^:]*]]: tensor<2x4xf32>, %[[K:[^:]*]]:
// CHECK-NEXT: %[[P:.*]] = mlc.dot_general %[[F]], %[[K]] batch [] x [] contract [1, 2] x [0, 1]
// CHECK-NEXT: %[[M:.*]] = mlc.mul %[[P]], %[[XS]]
// CHECK-NEXT: %[[N:.*]] = mlc.broadcast %[[M]]
// CHECK-NEXT: mlc.yield %[[N]], %[[P]] : tensor<2x3x4xf32>, tensor<2x4xf32>
// CHECK: return %[[S]]#1
func.func @product(%x: tensor<5x2x4xf32>, %w: tensor<3x4x4xf32>) -> tensor<5x2x4xf32> {
  %zero = mlc.constant dense<0.0> : tensor<2x4xf32>
  %0:2 = mlc.scan 5 reverse init(%zero : tensor<2x4xf32>) over(%x : tensor<5x2x4xf32>) with(%w : tensor<3x4x4xf32>) -> tensor<2x4xf32>, tensor<5x2x4xf32> {
  ^bb0(%c: tensor<2x4xf32>, %s: tensor<2x4xf32>, %k: tensor<3x4x4xf32>):
    %1 = mlc.mul %c, %s : tensor<2x4xf32>
    %2 = mlc.broadcast %1 dims [0, 2] : tensor<2x4xf32> -> tensor<2x3x4xf32>
    %3 = mlc.dot_general %2, %k batch [] x [] contract [1, 2] x [0, 1] : tensor<2x3x4xf32>, tensor<3x4x4xf32> -> tensor<2x4xf32>
    mlc.yield %3, %c : tensor<2x4xf32>, tensor<2x4xf32>
  }
  return %0#1 : tensor<5x2x4xf32>
}

// -----

// What is added to it begins with what was carried, and the two make the last
// value.
// CHECK-LABEL: func @sum
// CHECK-SAME: (%[[H:[^:]*]]: {{[^:]*}}, %[[X:[^:]*]]: {{[^:]*}}, %[[W:[^:]*]]:
// CHECK: %[[ZEROS:.*]] = mlc.constant dense<0.000000e+00> : tensor<2x4xf32>
// CHECK: %[[S:.*]]:3 = mlc.scan 5 init(%[[ZEROS]], %[[H]] : tensor<2x4xf32>, tensor<2x4xf32>)
// CHECK-NEXT: ^bb0(%[[F:[^:]*]]: tensor<2x4xf32>, %[[R:[^:]*]]: tensor<2x4xf32>, %[[XS:[^:]*]]: tensor<2x4xf32>, %[[K:[^:]*]]:
// CHECK-NEXT: %[[P:.*]] = mlc.dot_general %[[F]], %[[K]]
// CHECK-NEXT: %[[C:.*]] = mlc.add %[[R]], %[[P]]
// CHECK-NEXT: %[[A:.*]] = mlc.mul %[[C]], %[[XS]]
// CHECK-NEXT: %[[B:.*]] = mlc.exp %[[C]]
// CHECK-NEXT: mlc.yield %[[A]], %[[B]], %[[A]]
// CHECK: %[[LAST:.*]] = mlc.dot_general %[[S]]#0, %[[W]]
// CHECK: %[[FINAL:.*]] = mlc.add %[[S]]#1, %[[LAST]]
// CHECK: return %[[FINAL]], %[[S]]#2
func.func @sum(%h: tensor<2x4xf32>, %x: tensor<5x2x4xf32>, %w: tensor<4x4xf32>) -> (tensor<2x4xf32>, tensor<5x2x4xf32>) {
  %0:2 = mlc.scan 5 init(%h : tensor<2x4xf32>) over(%x : tensor<5x2x4xf32>) with(%w : tensor<4x4xf32>) -> tensor<2x4xf32>, tensor<5x2x4xf32> {
  ^bb0(%c: tensor<2x4xf32>, %s: tensor<2x4xf32>, %k: tensor<4x4xf32>):
    %1 = mlc.mul %c, %s : tensor<2x4xf32>
    %2 = mlc.exp %c : tensor<2x4xf32>
    %3 = mlc.dot_general %1, %k batch [] x [] contract [1] x [0] : tensor<2x4xf32>, tensor<4x4xf32> -> tensor<2x4xf32>
    %4 = mlc.add %2, %3 : tensor<2x4xf32>
    mlc.yield %4, %1 : tensor<2x4xf32>, tensor<2x4xf32>
  }
  return %0#0, %0#1 : tensor<2x4xf32>, tensor<5x2x4xf32>
}

// -----

// A product alone that is something at first: there is no factor of it.
// CHECK-LABEL: func @init
// CHECK: mlc.scan 5 init(%{{.*}} : tensor<2x4xf32>)
// CHECK-NEXT: ^bb0(%[[C:[^:]*]]: {{.*}}, %[[XS:[^:]*]]: {{.*}}, %[[K:[^:]*]]:
// CHECK-NEXT: mlc.mul %[[C]], %[[XS]]
func.func @init(%h: tensor<2x4xf32>, %x: tensor<5x2x4xf32>, %w: tensor<4x4xf32>) -> tensor<2x4xf32> {
  %0 = mlc.scan 5 init(%h : tensor<2x4xf32>) over(%x : tensor<5x2x4xf32>) with(%w : tensor<4x4xf32>) -> tensor<2x4xf32> {
  ^bb0(%c: tensor<2x4xf32>, %s: tensor<2x4xf32>, %k: tensor<4x4xf32>):
    %1 = mlc.mul %c, %s : tensor<2x4xf32>
    %3 = mlc.dot_general %1, %k batch [] x [] contract [1] x [0] : tensor<2x4xf32>, tensor<4x4xf32> -> tensor<2x4xf32>
    mlc.yield %3 : tensor<2x4xf32>
  }
  return %0 : tensor<2x4xf32>
}

// -----

// The other factor is another one in each step, or is what is carried itself.
// CHECK-LABEL: func @other_factors
// CHECK: mlc.scan
// CHECK-NEXT: ^bb0(%[[C:[^:]*]]: {{.*}}, %[[D:[^:]*]]: {{.*}}, %[[XS:[^:]*]]: {{.*}}, %[[K:[^:]*]]:
// CHECK-NEXT: mlc.mul %[[C]], %[[C]]
// CHECK: mlc.yield
func.func @other_factors(%x: tensor<5x4x4xf32>, %w: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %zero = mlc.constant dense<0.0> : tensor<4x4xf32>
  %0:2 = mlc.scan 5 init(%zero, %zero : tensor<4x4xf32>, tensor<4x4xf32>) over(%x : tensor<5x4x4xf32>) with(%w : tensor<4x4xf32>) -> tensor<4x4xf32>, tensor<4x4xf32> {
  ^bb0(%c: tensor<4x4xf32>, %d: tensor<4x4xf32>, %s: tensor<4x4xf32>, %k: tensor<4x4xf32>):
    %1 = mlc.mul %c, %c : tensor<4x4xf32>
    %2 = mlc.dot_general %1, %s batch [] x [] contract [1] x [0] : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
    %3 = mlc.dot_general %d, %k batch [] x [] contract [1] x [0] : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
    mlc.yield %2, %3 : tensor<4x4xf32>, tensor<4x4xf32>
  }
  return %0#1 : tensor<4x4xf32>
}

// -----

// A sum over all steps carries itself.
// CHECK-LABEL: func @accumulated
// CHECK: mlc.scan 5 init(%{{.*}} : tensor<2x4xf32>)
// CHECK-NEXT: ^bb0(%[[C:[^:]*]]: {{.*}}, %[[XS:[^:]*]]: {{.*}}, %[[K:[^:]*]]:
// CHECK-NEXT: %[[E:.*]] = mlc.exp %[[XS]]
// CHECK-NEXT: %[[P:.*]] = mlc.dot_general %[[E]], %[[K]]
// CHECK-NEXT: mlc.add %[[C]], %[[P]]
func.func @accumulated(%h: tensor<2x4xf32>, %x: tensor<5x2x4xf32>, %w: tensor<4x4xf32>) -> tensor<2x4xf32> {
  %0 = mlc.scan 5 init(%h : tensor<2x4xf32>) over(%x : tensor<5x2x4xf32>) with(%w : tensor<4x4xf32>) -> tensor<2x4xf32> {
  ^bb0(%c: tensor<2x4xf32>, %s: tensor<2x4xf32>, %k: tensor<4x4xf32>):
    %1 = mlc.exp %s : tensor<2x4xf32>
    %2 = mlc.dot_general %1, %k batch [] x [] contract [1] x [0] : tensor<2x4xf32>, tensor<4x4xf32> -> tensor<2x4xf32>
    %3 = mlc.add %c, %2 : tensor<2x4xf32>
    mlc.yield %3 : tensor<2x4xf32>
  }
  return %0 : tensor<2x4xf32>
}
