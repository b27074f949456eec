using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Polydev.TestKit;

/// <summary>
/// A port of this machine for a server that is to come back on it. The system gives ports to outgoing connections from 32768 up: one of
/// those may be somebody else's by the time the server is back. This one lies below, and no other test that asks here gets it.
/// </summary>
public sealed class ReservedPort : IDisposable
{
    private const int First = 20_000;
    private const int End = 32_000;

    private readonly FileStream _claim;

    private ReservedPort(int number, FileStream claim)
    {
        Number = number;
        _claim = claim;
    }

    public int Number { get; }

    /// <summary><c>http://127.0.0.1:port</c>.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Number}");

    public static ReservedPort Take()
    {
        while (true)
        {
            var number = RandomNumberGenerator.GetInt32(First, End);
            if (Claim(number) is { } claim)
            {
                if (IsFree(number))
                {
                    return new ReservedPort(number, claim);
                }

                claim.Dispose();
            }
        }
    }

    public void Dispose() => _claim.Dispose();

    // A file that one process at a time can open. It stays: were it removed, two could hold one of that name.
    private static FileStream? Claim(int number)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "polydev-test-ports")).FullName;
        try
        {
            var path = Path.Combine(folder, number.ToString(CultureInfo.InvariantCulture));
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static bool IsFree(int number)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new IPEndPoint(IPAddress.Loopback, number));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
