using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Clis.SelfTest;

internal static class TestedCli
{
    // The test's own, and as long again for the turn of another.
    private static readonly TimeSpan Limit = SelfTestGate.Limit * 2;

    /// <summary>What a detection says once no test runs any more.</summary>
    public static async Task<CliInfo> DetectAsync(ICliAdapter adapter)
    {
        while (true)
        {
            var news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            adapter.News += Heard;
            try
            {
                var info = await adapter.DetectAsync(CancellationToken.None).WaitAsync(Limit);
                if (info.State != CliState.Testing)
                {
                    return info;
                }

                await news.Task.WaitAsync(Limit);
            }
            finally
            {
                adapter.News -= Heard;
            }

            void Heard() => news.TrySetResult();
        }
    }
}
