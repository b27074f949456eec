using System.Text;

namespace Polydev.Broker.Limits;

/// <summary>Bytes that come piece by piece, in one block of the memory that all callers share.</summary>
/// <param name="most">Bytes that it may come to.</param>
internal sealed class BodyBlock(BodyMemory memory, int most) : IDisposable
{
    // A length is only a promise: more memory is taken once as much has really come.
    private const int LargestFirstRent = 64 * 1024;
    private const int UnknownLengthRent = 16 * 1024;
    private const int GrowsBy = 4;

    private byte[] _block = [];
    private int _length;

    /// <summary>Not to be used after the block has been disposed.</summary>
    public ReadOnlyMemory<byte> Bytes => _block.AsMemory(0, _length);

    /// <summary>Reads to the end.</summary>
    /// <param name="length">Bytes that are said to come; null: nobody has said.</param>
    /// <returns>False: there are more than there may be.</returns>
    /// <exception cref="Errors.ApiException">There is no memory for it.</exception>
    public async ValueTask<bool> FillAsync(Stream source, int? length, CancellationToken cancellationToken)
    {
        // With one byte to spare, so that the end is seen without growing.
        var expected = length + 1;
        _block = await memory.RentAsync(Math.Min(expected ?? UnknownLengthRent, LargestFirstRent), cancellationToken);
        while (await source.ReadAsync(_block.AsMemory(_length), cancellationToken) is var read and > 0)
        {
            _length += read;
            if (_length > most)
            {
                return false;
            }

            if (_length == _block.Length)
            {
                await GrowAsync(expected ?? most + 1, cancellationToken);
            }
        }

        return true;
    }

    /// <summary>Puts a text behind what is there.</summary>
    /// <returns>False: there are more than there may be.</returns>
    /// <exception cref="Errors.ApiException">There is no memory for it.</exception>
    public async ValueTask<bool> AddAsync(string text, CancellationToken cancellationToken)
    {
        var length = _length + Encoding.UTF8.GetByteCount(text);
        if (length > most)
        {
            return false;
        }

        if (_block.Length == 0)
        {
            _block = await memory.RentAsync(Math.Max(length, UnknownLengthRent), cancellationToken);
        }

        while (_block.Length < length)
        {
            await GrowAsync(length, cancellationToken);
        }

        _length += Encoding.UTF8.GetBytes(text, _block.AsSpan(_length));
        return true;
    }

    public void Dispose()
    {
        if (_block.Length > 0)
        {
            memory.Return(_block, _length);
            _block = [];
        }
    }

    private async ValueTask GrowAsync(int wanted, CancellationToken cancellationToken)
    {
        var larger = await memory.RentAsync(Math.Min(_block.Length * GrowsBy, Math.Max(wanted, _block.Length * 2)), cancellationToken);
        _block.CopyTo(larger, 0);
        memory.Return(_block, _length);
        _block = larger;
    }
}
