using System.Collections.Concurrent;
using System.Threading.Channels;
using Grpc.Core;

namespace Polydev.Benchmarks.Relay.Floor;

/// <summary>The endpoint's end of the one gRPC stream: sends questions, finds each answer's call.</summary>
internal sealed class FloorPeer
{
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<Answer>> _waiting = new();
    private readonly Channel<Question> _questions = Channel.CreateUnbounded<Question>(new UnboundedChannelOptions { SingleReader = true });
    private ulong _last;

    public Task<Answer> AskAsync(string text, bool stream)
    {
        var question = new Question { Id = Interlocked.Increment(ref _last), Text = text, Stream = stream };
        var answer = new TaskCompletionSource<Answer>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[question.Id] = answer;
        _questions.Writer.TryWrite(question);
        return answer.Task;
    }

    private void Take(Answer answer)
    {
        if (_waiting.TryRemove(answer.Id, out var waiting))
        {
            waiting.SetResult(answer);
        }
    }

    public sealed class Service(FloorPeer peer) : FloorLink.FloorLinkBase
    {
        public override async Task Connect(
            IAsyncStreamReader<Answer> requestStream, IServerStreamWriter<Question> responseStream, ServerCallContext context)
        {
            var writing = WriteAsync(responseStream, context.CancellationToken);
            await foreach (var answer in requestStream.ReadAllAsync(context.CancellationToken))
            {
                peer.Take(answer);
            }

            await writing;
        }

        private async Task WriteAsync(IServerStreamWriter<Question> stream, CancellationToken cancellationToken)
        {
            await foreach (var question in peer._questions.Reader.ReadAllAsync(cancellationToken))
            {
                await stream.WriteAsync(question, cancellationToken);
            }
        }
    }
}
