using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tunnels;

namespace Polydev.Broker.Tests.Tunnels;

/// <summary>A tunnel names itself, its machine, and with them perhaps a line that the broker never wrote.</summary>
public sealed class TunnelLogTests
{
    private const string Odd = "desk\u001b[2J\u202e\nforged line";

    [Test]
    public void Online_OddNames_AreOnePlainLine()
    {
        using var seen = new SeenCalls();

        TunnelLog.Online(seen, Odd, Odd + new string('x', 100_000), "s", "a");

        Assert.That(seen.Texts.Single(), Does.StartWith("Tunnel desk [2J forged line on desk [2J forged linexxx").And.Contain("…"));
        Assert.That(seen.Texts.Single(), Has.Length.LessThan(500));
    }

    [Test]
    public void Refused_OddReason_IsOnePlainLine()
    {
        using var seen = new SeenCalls();

        TunnelLog.Refused(seen, Odd);

        Assert.That(seen.Texts.Single(), Is.EqualTo("A tunnel was refused: desk [2J forged line."));
    }
}
