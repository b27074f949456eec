using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Polydev.Broker.Egress;

/// <summary>The network as this machine has it.</summary>
internal sealed class SystemNetwork : IEgressNetwork, IDisposable
{
    // The system's resolver holds a thread for each name, for as long as that name's servers like, and cannot be told to stop.
    private const int LookupsAtOnce = 16;

    private readonly SemaphoreSlim _lookups = new(LookupsAtOnce, LookupsAtOnce);

    public X509Certificate2Collection? Authorities => null;

    public async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        await _lookups.WaitAsync(cancellationToken);
        return await LookUpAsync(host).WaitAsync(cancellationToken);
    }

    public async Task<Stream> DialAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => _lookups.Dispose();

    // Whoever asked may have left: the place is given back once the thread is.
    private async Task<IPAddress[]> LookUpAsync(string host)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(host);
        }
        finally
        {
            _lookups.Release();
        }
    }
}
