using System.Text;

namespace Polydev.Broker.Tests.Fuzz;

/// <summary>Bends a body without a look at what it says.</summary>
internal static class ByteMutator
{
    public static byte[] Change(byte[] body, Random random)
    {
        var at = random.Next(body.Length + 1);
        var length = random.Next(Math.Min(body.Length - at, 200) + 1);
        switch (random.Next(9))
        {
            case 0:
                return body[..at];
            case 1:
                return [.. body[..at], .. body[(at + length)..]];
            case 2:
                return [.. body[..at], .. body[at..(at + length)], .. body[at..]];
            case 3:
                var noise = new byte[length];
                random.NextBytes(noise);
                return [.. body[..at], .. noise, .. body[at..]];
            case 4:
                return [.. body[..at], 0xff, .. body[at..]];
            case 5:
                return [.. Encoding.UTF8.Preamble, .. body];
            case 6:
                return Encoding.Convert(Encoding.UTF8, Encoding.Unicode, body);
            case 7:
                return [];
            default:
                var bent = body.ToArray();
                for (var flips = random.Next(1, 6); flips > 0 && bent.Length > 0; flips--)
                {
                    bent[random.Next(bent.Length)] = (byte)random.Next(256);
                }

                return bent;
        }
    }
}
