using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Squad.Bench;

/// <summary>nginx with fcgiwrap and <c>git http-backend</c>, as git's manual sets it up, on a port of its own.</summary>
internal sealed class NginxBackend : IAsyncDisposable
{
    private static readonly string[] s_backends = ["/usr/lib/git-core/git-http-backend", "/usr/libexec/git-core/git-http-backend"];
    private readonly Process _wrapper;
    private readonly Process _nginx;

    private NginxBackend(string root, string url, Process wrapper, Process nginx)
    {
        Root = root;
        Url = url;
        _wrapper = wrapper;
        _nginx = nginx;
    }

    /// <summary>Where its bare repositories lie.</summary>
    public string Root { get; }

    public string Url { get; }

    /// <summary>Null if one of the programs is missing.</summary>
    public static async Task<NginxBackend?> StartAsync(string directory, CancellationToken cancellation)
    {
        var backend = s_backends.FirstOrDefault(File.Exists);
        if (backend is null || Find("nginx") is not { } nginxProgram || Find("fcgiwrap") is not { } wrapperProgram)
            return null;
        var root = Directory.CreateDirectory(Path.Combine(directory, "repositories")).FullName;
        var port = FreePort();
        var socket = Path.Combine(directory, "fcgi");
        var configuration = Path.Combine(directory, "nginx.conf");
        await File.WriteAllTextAsync(configuration, Configuration(directory, root, backend, socket, port), cancellation);
        var wrapper = Process.Start(new ProcessStartInfo(wrapperProgram, ["-c", "4", "-s", $"unix:{socket}"]))!;
        var nginx = Process.Start(new ProcessStartInfo(nginxProgram, ["-p", directory, "-c", configuration]) { RedirectStandardError = true })!;
        var started = new NginxBackend(root, $"http://127.0.0.1:{port}", wrapper, nginx);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var tries = 0; tries < 250; tries++)
        {
            if (File.Exists(socket) && await AnswersAsync(port, cancellation))
                return started;
            await timer.WaitForNextTickAsync(cancellation);
        }
        await started.DisposeAsync();
        throw new InvalidOperationException("nginx did not start within 5 s.");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in new[] { _nginx, _wrapper })
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    private static string Configuration(string directory, string root, string backend, string socket, int port) => string.Create(CultureInfo.InvariantCulture, $$"""
        daemon off;
        {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
        worker_processes 2;
        pid {{directory}}/nginx.pid;
        error_log stderr error;
        events { worker_connections 64; }
        http {
          access_log off;
          client_max_body_size 0;
          client_body_temp_path {{directory}}/body;
          fastcgi_temp_path {{directory}}/fastcgi;
          proxy_temp_path {{directory}}/proxy;
          uwsgi_temp_path {{directory}}/uwsgi;
          scgi_temp_path {{directory}}/scgi;
          server {
            listen 127.0.0.1:{{port}};
            location / {
              fastcgi_pass unix:{{socket}};
              fastcgi_param SCRIPT_FILENAME {{backend}};
              fastcgi_param GIT_HTTP_EXPORT_ALL "";
              fastcgi_param GIT_PROJECT_ROOT {{root}};
              fastcgi_param PATH_INFO $uri;
              fastcgi_param QUERY_STRING $query_string;
              fastcgi_param REQUEST_METHOD $request_method;
              fastcgi_param CONTENT_TYPE $content_type;
              fastcgi_param CONTENT_LENGTH $content_length;
              fastcgi_param GIT_PROTOCOL $http_git_protocol;
              fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
            }
          }
        }
        """);

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin").Split(':')
        .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<bool> AnswersAsync(int port, CancellationToken cancellation)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, cancellation);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
