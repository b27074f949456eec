using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Polydev.McpTunnel.Processes;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Commands;

/// <summary>The hidden command, as a CLI starts it.</summary>
internal sealed class RelayCommandTests
{
    private TemporaryFolder _folder = null!;
    private Socket _door = null!;

    [SetUp]
    public void SetUp()
    {
        _folder = new TemporaryFolder();
        _door = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _door.Bind(new UnixDomainSocketEndPoint(_folder.File("socket")));
        _door.Listen(1);
    }

    [TearDown]
    public void TearDown()
    {
        _door.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task Relay_LinesBothWays_AreCarriedUntilTheSocketCloses()
    {
        using var relay = Start("socket");
        var tunnel = await _door.AcceptAsync().DefaultTimeout();
        await relay.StandardInput.WriteAsync("to the tunnel\n");
        await relay.StandardInput.FlushAsync();
        var received = new byte[64];
        var count = await tunnel.ReceiveAsync(received).DefaultTimeout();

        await tunnel.SendAsync("to the CLI\n"u8.ToArray());
        var line = await relay.StandardOutput.ReadLineAsync().DefaultTimeout();
        tunnel.Dispose();
        await relay.WaitForExitAsync().DefaultTimeout();

        Assert.That(Encoding.UTF8.GetString(received, 0, count), Is.EqualTo("to the tunnel\n"));
        Assert.That((line, relay.ExitCode), Is.EqualTo(("to the CLI", 0)));
    }

    [Test]
    public async Task Relay_ParentThatGoes_EndsWithIt()
    {
        using var relay = Start("socket");
        using var tunnel = await _door.AcceptAsync().DefaultTimeout();

        relay.StandardInput.Close();
        await relay.WaitForExitAsync().DefaultTimeout();

        Assert.That(await tunnel.ReceiveAsync(new byte[1]).DefaultTimeout(), Is.Zero);
    }

    [Test]
    public async Task Relay_NobodyAtTheSocket_SaysSo()
    {
        using var relay = Start("nobody");

        await relay.WaitForExitAsync().DefaultTimeout();

        Assert.That(relay.ExitCode, Is.EqualTo(1));
        Assert.That(await relay.StandardError.ReadToEndAsync(), Does.Contain("nobody waits at this socket"));
    }

    private Process Start(string socket)
    {
        var (file, before) = OwnProgram.Command;
        return Process.Start(new ProcessStartInfo(file, [.. before, OwnProgram.Relay, _folder.File(socket)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }
}
