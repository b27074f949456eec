using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Polydev.Broker.Storage;

/// <summary>
/// The counters beside SQLite's file, where counting costs no transaction: some bytes are read and written, which the kernel keeps when
/// this process is killed. All processes on a data folder count in the one file, each in its turn. A power cut may lose what the last half
/// minute counted, as it may lose SQLite's last commits.
/// <code>
/// "polydev counts 1" (16), changes of what keys may do (8); and from 128 on, of 128 bytes each:
/// whose (1), length of the id (1), id (46), counters (6 x 8, in the machine's byte order), not in the database yet (1)
/// </code>
/// </summary>
internal sealed class CountFile : IDisposable
{
    public const string FileName = "polydev.counts";

    private const int RecordSize = 128;
    private const int KeyChangesAt = 16;
    private const int IdAt = 2;
    private const int CountersAt = 48;
    private const int IsNewAt = 96;

    private readonly Lock _turn = new();
    private readonly Dictionary<string, int> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _keys = new(StringComparer.Ordinal);
    private readonly FileLock _lock;
    private readonly TimeSpan _mostWait;
    private int _records;

    private CountFile(FileLock file, TimeSpan mostWait) => (_lock, _mostWait) = (file, mostWait);

    private static ReadOnlySpan<byte> Magic => "polydev counts 1"u8;

    /// <param name="path">Of a file that exists; it may be empty.</param>
    /// <param name="mostWait">For another process that holds it.</param>
    /// <exception cref="StorageException">It is no such file.</exception>
    /// <exception cref="SqliteException">Another process has held it for too long.</exception>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public static CountFile Open(string path, TimeSpan mostWait)
    {
        var counts = new CountFile(FileLock.TryOpen(path, mostWait) ?? throw Busy(path), mostWait);
        try
        {
            using var turn = counts.Take();
            counts.CheckHeader();
            return counts;
        }
        catch
        {
            counts.Dispose();
            throw;
        }
    }

    /// <summary>Nobody else, here or in another process, reads or changes a counter until it is disposed.</summary>
    /// <exception cref="SqliteException">Another process has held it for too long.</exception>
    public Turn Take()
    {
        _turn.Enter();
        try
        {
            return _lock.TryTake(_mostWait) ? new Turn(this) : throw Busy(_lock.Path);
        }
        catch
        {
            _turn.Exit();
            throw;
        }
    }

    public void Dispose() => _lock.Dispose();

    private static SqliteException Busy(string path) => new($"'{path}' is held by another process.", raw.SQLITE_BUSY);

    private static long At(int place) => (place + 1L) * RecordSize;

    private void CheckHeader()
    {
        Span<byte> header = stackalloc byte[RecordSize];
        header.Clear();
        if (Read(header, 0) == 0)
        {
            Magic.CopyTo(header);
            Write(header, 0);
        }
        else if (!header.StartsWith(Magic))
        {
            throw new StorageException(
                $"'{_lock.Path}' does not hold counts. Move it away, and counting goes on from what the database has.");
        }
    }

    private Dictionary<string, int> PlacesOf(CountedKind kind) => kind == CountedKind.Account ? _accounts : _keys;

    // Other processes append, too.
    private void ReadAppended()
    {
        Span<byte> record = stackalloc byte[RecordSize];
        while (Read(record, At(_records)) == RecordSize)
        {
            PlacesOf((CountedKind)record[0])[IdOf(record)] = _records++;
        }
    }

    private static string IdOf(ReadOnlySpan<byte> record) => Encoding.UTF8.GetString(record.Slice(IdAt, record[1]));

    private int Read(Span<byte> bytes, long at) => RandomAccess.Read(_lock.Handle, bytes, at);

    private void Write(ReadOnlySpan<byte> bytes, long at) => RandomAccess.Write(_lock.Handle, bytes, at);

    /// <summary>The file is held.</summary>
    public readonly ref struct Turn(CountFile file)
    {
        /// <summary>
        /// Rises with each change of what any key may do, made by whatever process: until then, what the database said of one still holds.
        /// </summary>
        public long KeyChanges
        {
            get
            {
                var changes = 0L;
                file.Read(MemoryMarshal.AsBytes(new Span<long>(ref changes)), KeyChangesAt);
                return changes;
            }
        }

        /// <summary>What stands at a place. Changed in one write: who is killed has changed all of it, or nothing.</summary>
        public Counters this[int place]
        {
            get
            {
                var counters = default(Counters);
                file.Read(MemoryMarshal.AsBytes(new Span<Counters>(ref counters)), At(place) + CountersAt);
                return counters;
            }

            set
            {
                Span<byte> changed = stackalloc byte[IsNewAt + 1 - CountersAt];
                MemoryMarshal.Write(changed, value);
                changed[^1] = 1;
                file.Write(changed, At(place) + CountersAt);
            }
        }

        /// <summary>To be called once the database has the change.</summary>
        public void NoteKeyChange()
        {
            var changes = KeyChanges + 1;
            file.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(ref changes)), KeyChangesAt);
        }

        /// <param name="id">46 bytes of UTF-8 at most.</param>
        /// <param name="stored">What the database has: where it has not been counted here before, counting goes on from there.</param>
        /// <returns>Its place, for ever.</returns>
        /// <exception cref="IOException">The disk is full, or broken.</exception>
        public int PlaceOf(CountedKind kind, string id, Counters stored)
        {
            var places = file.PlacesOf(kind);
            if (places.TryGetValue(id, out var place))
            {
                return place;
            }

            file.ReadAppended();
            if (places.TryGetValue(id, out place))
            {
                return place;
            }

            Span<byte> record = stackalloc byte[RecordSize];
            record.Clear();
            record[0] = (byte)kind;
            record[1] = (byte)Encoding.UTF8.GetBytes(id, record[IdAt..CountersAt]);
            MemoryMarshal.Write(record[CountersAt..], stored);
            file.Write(record, At(file._records));
            return places[id] = file._records++;
        }

        /// <summary>What the database does not have yet.</summary>
        public List<Counted> News()
        {
            file.ReadAppended();
            var size = file._records * RecordSize;
            var records = ArrayPool<byte>.Shared.Rent(size);
            file.Read(records.AsSpan(0, size), At(0));
            var news = new List<Counted>();
            for (var place = 0; place < file._records; place++)
            {
                var record = records.AsSpan(place * RecordSize, RecordSize);
                if (record[IsNewAt] != 0)
                {
                    news.Add(new Counted(place, (CountedKind)record[0], IdOf(record), MemoryMarshal.Read<Counters>(record[CountersAt..])));
                }
            }

            ArrayPool<byte>.Shared.Return(records);
            return news;
        }

        /// <summary>The database has them now: those that have been counted further stay news.</summary>
        public void Stored(IEnumerable<Counted> news)
        {
            foreach (var counted in news)
            {
                if (counted.Counters == this[counted.Place])
                {
                    file.Write([0], At(counted.Place) + IsNewAt);
                }
            }
        }

        public void Dispose()
        {
            file._lock.GiveBack();
            file._turn.Exit();
        }
    }
}

/// <summary>Whose calls are counted. The numbers stand in the file.</summary>
internal enum CountedKind : byte
{
    Account = 1,
    Key = 2,
}

/// <summary>Calls counted in each window, and when it began, in unix milliseconds. An account has the month alone.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Counters(long HourStart, long HourUsed, long DayStart, long DayUsed, long MonthStart, long MonthUsed);

internal sealed record Counted(int Place, CountedKind Kind, string Id, Counters Counters);
