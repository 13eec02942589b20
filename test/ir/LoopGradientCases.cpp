//===-- LoopGradientCases.cpp - loops to take gradients of ----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GradientCases.h"

std::vector<mlc::GradientCase> mlc::loopGradientCases() {
  return {
      {"scan", R"mlir(
func.func @f(%h: tensor<2x3xf64>, %x: tensor<4x2x3xf64>, %w: tensor<3x3xf64>, %b: tensor<3xf64>)
    -> (tensor<2x3xf64>, tensor<4x2x3xf64>) {
  %r:2 = mlc.scan 4 init(%h : tensor<2x3xf64>) over(%x : tensor<4x2x3xf64>)
      with(%w, %b : tensor<3x3xf64>, tensor<3xf64>) -> tensor<2x3xf64>, tensor<4x2x3xf64> {
  ^bb0(%c: tensor<2x3xf64>, %s: tensor<2x3xf64>, %k: tensor<3x3xf64>, %bias: tensor<3xf64>):
    %0 = mlc.dot_general %c, %k batch [] x [] contract [1] x [0] : tensor<2x3xf64>, tensor<3x3xf64> -> tensor<2x3xf64>
    %1 = mlc.add %0, %s : tensor<2x3xf64>
    %2 = mlc.broadcast %bias dims [1] : tensor<3xf64> -> tensor<2x3xf64>
    %3 = mlc.add %1, %2 : tensor<2x3xf64>
    %4 = mlc.tanh %3 : tensor<2x3xf64>
    mlc.yield %4, %4 : tensor<2x3xf64>, tensor<2x3xf64>
  }
  return %r#0, %r#1 : tensor<2x3xf64>, tensor<4x2x3xf64>
})mlir"},
      {"scan_only_final_value", R"mlir(
func.func @f(%h: tensor<2xf64>, %x: tensor<3x2xf64>) -> tensor<2xf64> {
  %r = mlc.scan 3 reverse init(%h : tensor<2xf64>) over(%x : tensor<3x2xf64>) with() -> tensor<2xf64> {
  ^bb0(%c: tensor<2xf64>, %s: tensor<2xf64>):
    %0 = mlc.mul %c, %s : tensor<2xf64>
    %1 = mlc.exp %0 : tensor<2xf64>
    mlc.yield %1 : tensor<2xf64>
  }
  return %r : tensor<2xf64>
})mlir"},
      {"scan_of_one_step", R"mlir(
func.func @f(%h: tensor<2xf64>, %x: tensor<1x2xf64>) -> (tensor<2xf64>, tensor<1x2xf64>) {
  %r:2 = mlc.scan 1 init(%h : tensor<2xf64>) over(%x : tensor<1x2xf64>) with() -> tensor<2xf64>, tensor<1x2xf64> {
  ^bb0(%c: tensor<2xf64>, %s: tensor<2xf64>):
    %0 = mlc.mul %c, %s : tensor<2xf64>
    mlc.yield %0, %c : tensor<2xf64>, tensor<2xf64>
  }
  return %r#0, %r#1 : tensor<2xf64>, tensor<1x2xf64>
})mlir"},
      // Three carried values that reach each other round the loop, one of them
      // a counter without a gradient; one output is the value carried in.
      {"scan_with_many_carried", R"mlir(
func.func @f(%a: tensor<2xf64>, %b: tensor<2xf64>, %x: tensor<4x2xf64>) -> (tensor<2xf64>, tensor<4x2xf64>, tensor<4x2xf64>) {
  %zero = mlc.constant dense<0> : tensor<2xi32>
  %r:5 = mlc.scan 4 init(%a, %b, %zero : tensor<2xf64>, tensor<2xf64>, tensor<2xi32>) over(%x : tensor<4x2xf64>) with()
      -> tensor<2xf64>, tensor<2xf64>, tensor<2xi32>, tensor<4x2xf64>, tensor<4x2xf64> {
  ^bb0(%p: tensor<2xf64>, %q: tensor<2xf64>, %n: tensor<2xi32>, %s: tensor<2xf64>):
    %one = mlc.constant dense<1> : tensor<2xi32>
    %two = mlc.constant dense<2> : tensor<2xi32>
    %m = mlc.add %n, %one : tensor<2xi32>
    %0 = mlc.mul %q, %s : tensor<2xf64>
    %1 = mlc.logistic %0 : tensor<2xf64>
    %late = mlc.compare ge %m, %two : tensor<2xi32> -> tensor<2xi1>
    %2 = mlc.select %late, %1, %p : tensor<2xi1>, tensor<2xf64>
    %f = mlc.convert %m : tensor<2xi32> -> tensor<2xf64>
    %3 = mlc.mul %p, %f : tensor<2xf64>
    mlc.yield %2, %p, %m, %3, %p : tensor<2xf64>, tensor<2xf64>, tensor<2xi32>, tensor<2xf64>, tensor<2xf64>
  }
  return %r#1, %r#3, %r#4 : tensor<2xf64>, tensor<4x2xf64>, tensor<4x2xf64>
})mlir"},
      // Its cotangent has several parts: two products, a reduction, what is
      // linear in those, and some that only the loop can add up.
      {"scan_with_an_invariant_used_often", R"mlir(
func.func @f(%h: tensor<2x3xf64>, %x: tensor<4x2x3xf64>, %w: tensor<3x3xf64>, %v: tensor<3xf64>) -> tensor<4x2x3xf64> {
  %r:2 = mlc.scan 4 init(%h : tensor<2x3xf64>) over(%x : tensor<4x2x3xf64>)
      with(%w, %v : tensor<3x3xf64>, tensor<3xf64>) -> tensor<2x3xf64>, tensor<4x2x3xf64> {
  ^bb0(%c: tensor<2x3xf64>, %s: tensor<2x3xf64>, %k: tensor<3x3xf64>, %u: tensor<3xf64>):
    %0 = mlc.dot_general %c, %k batch [] x [] contract [1] x [0] : tensor<2x3xf64>, tensor<3x3xf64> -> tensor<2x3xf64>
    %1 = mlc.dot_general %s, %k batch [] x [] contract [1] x [1] : tensor<2x3xf64>, tensor<3x3xf64> -> tensor<2x3xf64>
    %e = mlc.exp %u : tensor<3xf64>
    %2 = mlc.broadcast %e dims [1] : tensor<3xf64> -> tensor<2x3xf64>
    %3 = mlc.mul %0, %2 : tensor<2x3xf64>
    %4 = mlc.add %3, %1 : tensor<2x3xf64>
    %5 = mlc.tanh %4 : tensor<2x3xf64>
    %k2 = mlc.mul %k, %k : tensor<3x3xf64>
    %6 = mlc.dot_general %5, %k2 batch [] x [] contract [1] x [0] : tensor<2x3xf64>, tensor<3x3xf64> -> tensor<2x3xf64>
    %7 = mlc.slice %k offsets [0, 1] strides [1, 1] : tensor<3x3xf64> -> tensor<2x2xf64>
    %8 = mlc.pad %7 low [0, 0] high [0, 1] interior [0, 0] : tensor<2x2xf64> -> tensor<2x3xf64>
    %9 = mlc.mul %8, %5 : tensor<2x3xf64>
    %10 = mlc.add %6, %9 : tensor<2x3xf64>
    mlc.yield %10, %5 : tensor<2x3xf64>, tensor<2x3xf64>
  }
  return %r#1 : tensor<4x2x3xf64>
})mlir"},
      // Nothing is carried; cotangents of the invariant are all taken at once.
      {"scan_without_carried", R"mlir(
func.func @f(%x: tensor<4x2x3xf64>, %w: tensor<3x2xf64>) -> tensor<4x2x2xf64> {
  %r = mlc.scan 4 init() over(%x : tensor<4x2x3xf64>) with(%w : tensor<3x2xf64>) -> tensor<4x2x2xf64> {
  ^bb0(%s: tensor<2x3xf64>, %k: tensor<3x2xf64>):
    %t = mlc.transpose %s permutation [1, 0] : tensor<2x3xf64> -> tensor<3x2xf64>
    %0 = mlc.dot_general %t, %k batch [] x [] contract [0] x [0] : tensor<3x2xf64>, tensor<3x2xf64> -> tensor<2x2xf64>
    mlc.yield %0 : tensor<2x2xf64>
  }
  return %r : tensor<4x2x2xf64>
})mlir"},
      // A final value that a step does not change, one that forgets what was
      // before, an output that no argument reaches.
      {"scan_with_trivial_values", R"mlir(
func.func @f(%a: tensor<2xf64>, %b: tensor<2xf64>, %x: tensor<3x2xf64>, %w: tensor<2xf64>)
    -> (tensor<2xf64>, tensor<2xf64>, tensor<3x2xf64>, tensor<3x2xf64>, tensor<3x2xf64>) {
  %r:5 = mlc.scan 3 init(%a, %b : tensor<2xf64>, tensor<2xf64>) over(%x : tensor<3x2xf64>) with(%w : tensor<2xf64>)
      -> tensor<2xf64>, tensor<2xf64>, tensor<3x2xf64>, tensor<3x2xf64>, tensor<3x2xf64> {
  ^bb0(%p: tensor<2xf64>, %q: tensor<2xf64>, %s: tensor<2xf64>, %k: tensor<2xf64>):
    %one = mlc.constant dense<1.0> : tensor<2xf64>
    %0 = mlc.mul %p, %q : tensor<2xf64>
    mlc.yield %p, %s, %0, %one, %k : tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>
  }
  return %r#0, %r#1, %r#2, %r#3, %r#4 : tensor<2xf64>, tensor<2xf64>, tensor<3x2xf64>, tensor<3x2xf64>, tensor<3x2xf64>
})mlir"},
      {"scan_in_a_scan", R"mlir(
func.func @f(%h: tensor<2xf64>, %x: tensor<3x4x2xf64>, %w: tensor<2x2xf64>) -> (tensor<2xf64>, tensor<3x4x2xf64>) {
  %r:2 = mlc.scan 3 init(%h : tensor<2xf64>) over(%x : tensor<3x4x2xf64>) with(%w : tensor<2x2xf64>)
      -> tensor<2xf64>, tensor<3x4x2xf64> {
  ^bb0(%c: tensor<2xf64>, %s: tensor<4x2xf64>, %k: tensor<2x2xf64>):
    %i:2 = mlc.scan 4 reverse init(%c : tensor<2xf64>) over(%s : tensor<4x2xf64>) with(%k, %c : tensor<2x2xf64>, tensor<2xf64>)
        -> tensor<2xf64>, tensor<4x2xf64> {
    ^bb0(%d: tensor<2xf64>, %t: tensor<2xf64>, %l: tensor<2x2xf64>, %e: tensor<2xf64>):
      %0 = mlc.dot_general %d, %l batch [] x [] contract [0] x [0] : tensor<2xf64>, tensor<2x2xf64> -> tensor<2xf64>
      %1 = mlc.mul %0, %t : tensor<2xf64>
      %2 = mlc.add %1, %e : tensor<2xf64>
      %3 = mlc.tanh %2 : tensor<2xf64>
      mlc.yield %3, %0 : tensor<2xf64>, tensor<2xf64>
    }
    %4 = mlc.exp %i#1 : tensor<4x2xf64>
    mlc.yield %i#0, %4 : tensor<2xf64>, tensor<4x2xf64>
  }
  return %r#0, %r#1 : tensor<2xf64>, tensor<3x4x2xf64>
})mlir"},
      {"scan_of_gates", R"mlir(
func.func @f(%h: tensor<2x3xf64>, %c: tensor<2x3xf64>, %x: tensor<3x2x2x3xf64>, %w: tensor<3x2x3xf64>) -> tensor<3x2x3xf64> {
  %r:3 = mlc.scan 3 init(%h, %c : tensor<2x3xf64>, tensor<2x3xf64>) over(%x : tensor<3x2x2x3xf64>) with(%w : tensor<3x2x3xf64>)
      -> tensor<2x3xf64>, tensor<2x3xf64>, tensor<3x2x3xf64> {
  ^bb0(%p: tensor<2x3xf64>, %q: tensor<2x3xf64>, %s: tensor<2x2x3xf64>, %k: tensor<3x2x3xf64>):
    %0 = mlc.dot_general %p, %k batch [] x [] contract [1] x [0] : tensor<2x3xf64>, tensor<3x2x3xf64> -> tensor<2x2x3xf64>
    %z = mlc.add %0, %s : tensor<2x2x3xf64>
    %a0 = mlc.slice %z offsets [0, 0, 0] strides [1, 1, 1] : tensor<2x2x3xf64> -> tensor<2x1x3xf64>
    %a1 = mlc.reshape %a0 : tensor<2x1x3xf64> -> tensor<2x3xf64>
    %a = mlc.logistic %a1 : tensor<2x3xf64>
    %b0 = mlc.slice %z offsets [0, 1, 0] strides [1, 1, 1] : tensor<2x2x3xf64> -> tensor<2x1x3xf64>
    %b1 = mlc.reshape %b0 : tensor<2x1x3xf64> -> tensor<2x3xf64>
    %b = mlc.tanh %b1 : tensor<2x3xf64>
    %1 = mlc.mul %a, %q : tensor<2x3xf64>
    %n = mlc.add %1, %b : tensor<2x3xf64>
    %t = mlc.tanh %n : tensor<2x3xf64>
    %o = mlc.mul %t, %a : tensor<2x3xf64>
    mlc.yield %o, %n, %o : tensor<2x3xf64>, tensor<2x3xf64>, tensor<2x3xf64>
  }
  return %r#2 : tensor<3x2x3xf64>
})mlir"},
  };
}
