import TestSupport
import Testing

/// What docker-py does with containers.
@Suite(
    .daemon(with: .busybox), .inTime, .serialized, .requiresRoot(to: "run containers"),
    .requiresDockerPy)
struct DockerPyTests {
    let python: DockerPy

    init() throws { python = DockerPy(daemon: try .shared) }

    /// Runs a script that has a container `web`, which sleeps.
    private func withContainer(_ script: String) async throws {
        try await python(
            """
            web = client.containers.run(
                'busybox', ['sleep', '600'], detach=True, network_mode='none', labels={'a': 'b'},
                environment={'KEPT': 'yes'})
            try:
                \(script.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n    "))
            finally:
                web.remove(force=True, v=True)
            """)
    }

    @Test func `run returns what the container wrote, and raises its failure`() async throws {
        try await python(
            """
            out = client.containers.run(
                'busybox', ['echo', 'hello'], remove=True, network_mode='none')
            assert out == b'hello\\n', out
            try:
                client.containers.run(
                    'busybox', ['sh', '-c', 'echo bad >&2; exit 3'], remove=True,
                    network_mode='none')
                sys.exit('it did not fail')
            except docker.errors.ContainerError as error:
                assert error.exit_status == 3 and error.stderr == b'bad\\n', error
            try:
                client.containers.run('busybox', 'nonesuch', remove=True, network_mode='none')
                sys.exit('it ran')
            except docker.errors.APIError as error:
                assert 'nonesuch' in error.explanation, error.explanation
            # docker-py removes only what has run; so it is with dockerd.
            left = client.containers.list(all=True)
            assert len(left) == 1, left
            left[0].remove()
            """)
    }

    @Test func `a container is found, described and waited for`() async throws {
        try await withContainer(
            """
            assert client.containers.get(web.short_id).id == web.id
            assert [c.id for c in client.containers.list(filters={'label': 'a=b'})] == [web.id]
            assert client.containers.list(filters={'status': 'exited'}) == []
            assert web.status in ('created', 'running') and web.labels == {'a': 'b'}
            assert 'KEPT=yes' in web.attrs['Config']['Env']
            web.stop(timeout=0)
            assert web.wait()['StatusCode'] == 137
            web.reload()
            assert web.status == 'exited', web.status
            web.start()
            web.rename('py-web')
            assert client.containers.get('py-web').id == web.id
            web.restart(timeout=0)
            """)
    }

    @Test func `exec_run tells output and status, also apart`() async throws {
        try await withContainer(
            """
            result = web.exec_run(['sh', '-c', 'echo out; echo err >&2; exit 4'], demux=True)
            assert result.exit_code == 4 and result.output == (b'out\\n', b'err\\n'), result
            result = web.exec_run('id -u', user='1000')
            assert result.output == b'1000\\n', result
            result = web.exec_run(['pwd'], workdir='/tmp', environment={'A': 'b'})
            assert result.output == b'/tmp\\n', result
            result = web.exec_run(['sh', '-c', 'test -t 1 && echo terminal'], tty=True)
            assert result.output == b'terminal\\r\\n', result
            stream = web.exec_run(['sh', '-c', 'echo 1; sleep 0.2; echo 2'], stream=True).output
            assert b''.join(stream) == b'1\\n2\\n'
            """)
    }

    @Test func `pause, top, stats and update do what they say`() async throws {
        try await withContainer(
            """
            web.pause()
            web.reload()
            assert web.status == 'paused', web.status
            web.unpause()
            assert any('sleep 600' in row[-1] for row in web.top()['Processes'])
            stats = web.stats(stream=False)
            assert stats['pids_stats']['current'] == 1, stats['pids_stats']
            assert stats['memory_stats']['usage'] > 0
            web.update(mem_limit='64m', memswap_limit='128m')
            web.reload()
            assert web.attrs['HostConfig']['Memory'] == 64 << 20
            """)
    }

    @Test func `what is written to an attached socket reaches the container`() async throws {
        try await python(
            """
            cat = client.containers.create(
                'busybox', ['cat'], stdin_open=True, tty=True, network_mode='none')
            socket = cat.attach_socket(params={'stdin': 1, 'stdout': 1, 'stream': 1})
            cat.start()
            os.write(socket.fileno(), b'typed\\n')
            seen = b''
            while seen.count(b'typed') < 2:
                seen += os.read(socket.fileno(), 100)
            socket.close()
            cat.remove(force=True)
            """)
    }

    @Test func `a failing check makes a container unhealthy, a good one healthy`() async throws {
        try await withContainer(
            """
            def checked(test, **more):
                return client.containers.run(
                    'busybox', ['sleep', '600'], detach=True, network_mode='none',
                    healthcheck={'test': test, 'interval': 50000000, 'retries': 2, **more})
            def awaited(container, status):
                for _ in range(600):
                    container.reload()
                    if container.attrs['State']['Health']['Status'] == status:
                        return container.attrs['State']['Health']
                    time.sleep(0.05)
                raise AssertionError(container.attrs['State'])
            good = checked(['CMD', 'echo', 'fine'])
            bad = checked(['CMD-SHELL', 'echo ill; exit 1'])
            slow = checked(['CMD', 'sleep', '60'], timeout=100000000)
            try:
                assert awaited(good, 'healthy')['Log'][-1]['Output'] == 'fine\\n'
                ill = awaited(bad, 'unhealthy')
                assert ill['FailingStreak'] >= 2 and ill['Log'][-1]['ExitCode'] == 1, ill
                assert awaited(slow, 'unhealthy')['Log'][-1]['ExitCode'] == -1
                ids = [c.id for c in client.containers.list(filters={'health': 'healthy'})]
                assert ids == [good.id], ids
            finally:
                for container in (good, bad, slow):
                    container.remove(force=True)
            """)
    }
}
