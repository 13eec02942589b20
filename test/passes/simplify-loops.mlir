// RUN: mlc-opt %s --mlc-simplify | FileCheck %s

// A carried value that only leads to itself, an unused output and what only
// they read.
// CHECK-LABEL: func @unused
// CHECK-SAME: (%[[A:[^:]*]]: {{[^:]*}}, %[[B:[^:]*]]: {{[^:]*}}, %[[X:[^:]*]]: {{[^:]*}}, %[[Y:[^:]*]]:
// CHECK: %[[R:.*]] = mlc.scan 3 init(%[[A]] : tensor<2xf32>) over(%[[X]] : tensor<3x2xf32>) with() -> tensor<2xf32> {
// CHECK-NEXT: ^bb0
// CHECK-NEXT: mlc.mul
// CHECK-NEXT: mlc.yield
// CHECK: return %[[R]]
func.func @unused(%a: tensor<2xf32>, %b: tensor<2xf32>, %x: tensor<3x2xf32>, %y: tensor<3x2xf32>) -> tensor<2xf32> {
  %r:3 = mlc.scan 3 init(%a, %b : tensor<2xf32>, tensor<2xf32>) over(%x, %y : tensor<3x2xf32>, tensor<3x2xf32>) with(%b : tensor<2xf32>)
      -> tensor<2xf32>, tensor<2xf32>, tensor<3x2xf32> {
  ^bb0(%p: tensor<2xf32>, %q: tensor<2xf32>, %s: tensor<2xf32>, %t: tensor<2xf32>, %k: tensor<2xf32>):
    %0 = mlc.mul %p, %s : tensor<2xf32>
    %1 = mlc.exp %q : tensor<2xf32>
    %2 = mlc.add %1, %p : tensor<2xf32>
    %3 = mlc.mul %t, %k : tensor<2xf32>
    mlc.yield %0, %2, %3 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  }
  return %r#0 : tensor<2xf32>
}

// Constants fold in the body; an input that repeats one slice is an invariant.
// CHECK-LABEL: func @constants
// CHECK-SAME: (%[[A:[^:]*]]: {{[^:]*}}, %[[B:[^:]*]]:
// CHECK: mlc.scan 3 init(%[[A]] : tensor<2xf32>) over() with(%[[B]] : tensor<f32>)
// CHECK: ^bb0(%[[P:[^:]*]]: tensor<2xf32>, %[[K:[^:]*]]: tensor<f32>):
// CHECK: %[[S:.*]] = mlc.broadcast %[[K]] dims []
// CHECK: %[[N:.*]] = mlc.mul %[[P]], %[[S]]
// CHECK-NEXT: mlc.yield %[[N]]
func.func @constants(%a: tensor<2xf32>, %b: tensor<f32>) -> tensor<2xf32> {
  %zero = mlc.constant dense<0.0> : tensor<2xf32>
  %ones = mlc.constant dense<1.0> : tensor<3x2xf32>
  %x = mlc.broadcast %b dims [] : tensor<f32> -> tensor<3x2xf32>
  %r = mlc.scan 3 init(%a : tensor<2xf32>) over(%ones, %x : tensor<3x2xf32>, tensor<3x2xf32>) with(%zero : tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%p: tensor<2xf32>, %s: tensor<2xf32>, %t: tensor<2xf32>, %k: tensor<2xf32>):
    %0 = mlc.sub %s, %k : tensor<2xf32>
    %1 = mlc.mul %p, %0 : tensor<2xf32>
    %2 = mlc.mul %1, %t : tensor<2xf32>
    mlc.yield %2 : tensor<2xf32>
  }
  return %r : tensor<2xf32>
}

// A value that no step changes is an invariant, and its last value is its first.
// CHECK-LABEL: func @unchanged
// CHECK-SAME: (%[[A:[^:]*]]: {{[^:]*}}, %[[B:[^:]*]]:
// CHECK: %[[R:.*]] = mlc.scan 3 init(%[[A]] : {{.*}}) over() with(%[[B]] :
// CHECK: return %[[R]], %[[B]]
func.func @unchanged(%a: tensor<2xf32>, %b: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %r:2 = mlc.scan 3 init(%a, %b : tensor<2xf32>, tensor<2xf32>) over() with() -> tensor<2xf32>, tensor<2xf32> {
  ^bb0(%p: tensor<2xf32>, %q: tensor<2xf32>):
    %0 = mlc.mul %p, %q : tensor<2xf32>
    mlc.yield %0, %q : tensor<2xf32>, tensor<2xf32>
  }
  return %r#0, %r#1 : tensor<2xf32>, tensor<2xf32>
}

// Equal inputs are one, equal outputs are one, and an input is not stacked
// again.
// CHECK-LABEL: func @equal
// CHECK-SAME: (%[[A:[^:]*]]: {{[^:]*}}, %[[X:[^:]*]]:
// CHECK: %[[R:.*]]:2 = mlc.scan 3 init(%[[A]] : {{.*}}) over(%[[X]] : tensor<3x2xf32>) with() -> tensor<2xf32>, tensor<3x2xf32> {
// CHECK: return %[[R]]#1, %[[R]]#1, %[[X]]
func.func @equal(%a: tensor<2xf32>, %x: tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>) {
  %r:4 = mlc.scan 3 init(%a : tensor<2xf32>) over(%x, %x : tensor<3x2xf32>, tensor<3x2xf32>) with()
      -> tensor<2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32> {
  ^bb0(%p: tensor<2xf32>, %s: tensor<2xf32>, %t: tensor<2xf32>):
    %0 = mlc.mul %p, %s : tensor<2xf32>
    %1 = mlc.mul %p, %t : tensor<2xf32>
    %2 = mlc.add %0, %1 : tensor<2xf32>
    mlc.yield %2, %0, %1, %t : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  }
  return %r#1, %r#2, %r#3 : tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>
}
