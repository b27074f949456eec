using System.Net;
using System.Net.Sockets;

namespace Polydev.TestKit.Tests;

[Platform("Linux")]
public sealed class ProcessFiguresTests
{
    [Test]
    public void ResidentMegabytes_OfUs_IsAFigure() =>
        Assert.That(ProcessFigures.ResidentMegabytes(Environment.ProcessId), Is.GreaterThan(1));

    [Test]
    public void Handles_FilesOpened_AreAmongThem()
    {
        using var folder = new TemporaryFolder();
        var opened = Enumerable.Range(0, 100).Select(index => File.Create(folder.File($"{index}"))).ToList();

        var handles = ProcessFigures.Handles(Environment.ProcessId);
        opened.ForEach(file => file.Dispose());

        Assert.That(opened.Select(file => file.Name), Is.SubsetOf(handles));
    }

    [Test]
    public async Task OwnersOfPort_OfAConnection_IsWhoHasMadeIt()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint).DefaultTimeout();

        var owners = ProcessFigures.OwnersOfPort(((IPEndPoint)client.Client.LocalEndPoint!).Port);

        Assert.That(owners, Is.EqualTo(new[] { Environment.ProcessId }));
    }
}
