using Grpc.Core;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Tunnels;

/// <summary>
/// The one writer of a session's stream. What is small goes at once. Large items go in parts, in turn, and whatever else waits goes before
/// the next part: a pong, a cancel or another caller's question does not stand behind an upload of 32 MB.
/// </summary>
internal sealed class SessionWriter(TunnelSession session, IServerStreamWriter<BrokerFrame> stream)
{
    // Together with the bound on their bytes it keeps well within what a tunnel takes in parts (PartialItems).
    private const int MostUploads = 16;

    private readonly List<Upload> _uploads = [];
    private readonly Queue<Outgoing> _waiting = new();
    private long _uploading;

    /// <summary>Runs until the session is closed, and throws whatever the stream throws.</summary>
    public async Task RunAsync(BrokerFrame welcome, CancellationToken cancellationToken)
    {
        await WriteAsync(welcome, cancellationToken);
        try
        {
            do
            {
                while (session.Sending.TryRead(out var next))
                {
                    await SendAsync(next, cancellationToken);
                }

                await SendPartsAsync(cancellationToken);
            }
            while (_uploads.Count + _waiting.Count > 0 ? !session.IsClosed : await session.Sending.WaitToReadAsync(cancellationToken));
        }
        finally
        {
            _uploads.ForEach(upload => upload.Dispose());
        }
    }

    private async ValueTask SendAsync(TunnelSession.Outgoing next, CancellationToken cancellationToken)
    {
        if (next.Frame is { } frame)
        {
            await WriteAsync(frame, cancellationToken);
        }
        else if (!next.Work!.HasEnded)
        {
            var size = next.Item!.CalculateSize();
            if (size <= TunnelProtocol.WholeItemBytes)
            {
                await WriteAsync(new BrokerFrame { Work = next.Item }, cancellationToken);
                return;
            }

            _waiting.Enqueue(new Outgoing(next.Item, next.Work, size));
        }
    }

    // One part of each.
    private async ValueTask SendPartsAsync(CancellationToken cancellationToken)
    {
        Begin();
        for (var index = 0; index < _uploads.Count;)
        {
            var upload = _uploads[index];

            // Where its caller has gone, or its time is up, the Cancel makes the tunnel forget what it has of it.
            if (upload.Work.HasEnded || !upload.Chunks.TryNext(out var part))
            {
                _uploads.RemoveAt(index);
                _uploading -= upload.Size;
                upload.Dispose();
                continue;
            }

            await WriteAsync(part, cancellationToken);

            // The peer has taken what was written before: behind the rest of it a ping may wait longer than a silence may last.
            session.Hear();
            upload.Work.Touch();
            index++;
        }
    }

    // An upload lies in memory a second time. So no more of them begin than a tunnel takes; one may always.
    private void Begin()
    {
        while (_waiting.TryPeek(out var next)
            && (_uploads.Count == 0 || (_uploads.Count < MostUploads && _uploading + next.Size <= TunnelProtocol.MaxItemBytes)))
        {
            _waiting.Dequeue();
            if (!next.Work.HasEnded)
            {
                _uploads.Add(new Upload(next.Work, new WorkItemChunks(next.Item, next.Size), next.Size));
                _uploading += next.Size;
            }
        }
    }

    private async ValueTask WriteAsync(BrokerFrame frame, CancellationToken cancellationToken)
    {
        session.BeginWrite();
        await stream.WriteAsync(frame, cancellationToken);
        session.EndWrite();
    }

    private readonly record struct Outgoing(WorkItem Item, InFlightWork Work, int Size);

    private readonly record struct Upload(InFlightWork Work, WorkItemChunks Chunks, int Size) : IDisposable
    {
        public void Dispose() => Chunks.Dispose();
    }
}
