using System.Collections.Concurrent;
using System.Threading.Channels;
using Grpc.Core;

namespace Polydev.Benchmarks.Relay.Floor;

/// <summary>The endpoint's end of the one gRPC stream: sends questions, finds the call that a piece belongs to.</summary>
internal sealed class FloorPeer
{
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<Piece>> _waiting = new();
    private readonly ConcurrentDictionary<ulong, ChannelWriter<Piece>> _streams = new();
    private readonly Channel<Question> _questions = Channel.CreateUnbounded<Question>(new UnboundedChannelOptions { SingleReader = true });
    private ulong _last;

    public Task<Piece> AskAsync(string text)
    {
        var question = new Question { Id = Interlocked.Increment(ref _last), Text = text };
        var answer = new TaskCompletionSource<Piece>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[question.Id] = answer;
        _questions.Writer.TryWrite(question);
        return answer.Task;
    }

    public ChannelReader<Piece> Stream(string text)
    {
        var question = new Question { Id = Interlocked.Increment(ref _last), Text = text, Stream = true };
        var pieces = Channel.CreateUnbounded<Piece>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        _streams[question.Id] = pieces.Writer;
        _questions.Writer.TryWrite(question);
        return pieces.Reader;
    }

    private void Take(Piece piece)
    {
        if (piece.Whole && _waiting.TryRemove(piece.Id, out var waiting))
        {
            waiting.SetResult(piece);
        }
        else if (_streams.TryGetValue(piece.Id, out var stream))
        {
            stream.TryWrite(piece);
            if (piece.Last)
            {
                stream.Complete();
                _streams.TryRemove(piece.Id, out _);
            }
        }
    }

    public sealed class Service(FloorPeer peer) : FloorLink.FloorLinkBase
    {
        public override async Task Connect(
            IAsyncStreamReader<Pieces> requestStream, IServerStreamWriter<Question> responseStream, ServerCallContext context)
        {
            var writing = WriteAsync(responseStream, context.CancellationToken);
            await foreach (var together in requestStream.ReadAllAsync(context.CancellationToken))
            {
                foreach (var piece in together.Pieces_)
                {
                    peer.Take(piece);
                }
            }

            await writing;
        }

        private async Task WriteAsync(IServerStreamWriter<Question> link, CancellationToken cancellationToken)
        {
            await foreach (var question in peer._questions.Reader.ReadAllAsync(cancellationToken))
            {
                await link.WriteAsync(question, cancellationToken);
            }
        }
    }
}
