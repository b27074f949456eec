using Polydev.McpTunnel.Clis;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Clis;

/// <summary>The statuses that no real CLI is tried with; the others stand in the contract of the CLIs.</summary>
internal sealed class VendorStatusTests
{
    [TestCase(0, FailureKind.Upstream)]
    [TestCase(200, FailureKind.Upstream)]
    [TestCase(405, FailureKind.InvalidRequest)]
    [TestCase(499, FailureKind.InvalidRequest)]
    [TestCase(502, FailureKind.Upstream)]
    [TestCase(599, FailureKind.Upstream)]
    public void KindOf_Status_IsOneForAllClis(int status, FailureKind kind) => Assert.That(VendorStatus.KindOf(status), Is.EqualTo(kind));
}
